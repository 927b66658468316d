// Network: requests of which each waits for its answer, over one connection or many. What a server
// can take at most; latencies under a load that does not slow down are open_loop's. On loopback the
// client is on the first CPU and the server on the last. Warm-up: each connection's first request.

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "workloads/net_requests.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

using Clock = std::chrono::steady_clock;

/// The connections of a closed loop, always with one request under way each.
class ClosedLoop {
 public:
  ClosedLoop(const Address& address, const RequestKind& kind, std::size_t connections)
      : sent_(connections), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    connections_.reserve(connections);
    for (std::size_t i = 0; i < connections; ++i) {
      connections_.emplace_back(address, kind);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (!connections_.back().ok() || !poll_ ||
          ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connections_.back().fd(), &event) != 0) {
        said_ = "connect to " + address.text();
        return;
      }
    }
  }

  /// Sends a connection's next request.
  bool send(std::size_t which) {
    sent_[which] = Clock::now();
    if (connections_[which].send()) return true;
    said_ = "send a request";
    return false;
  }

  /// Waits for one answer and returns whose it was; none, and said(), if it did not come.
  std::optional<std::size_t> take(Histogram* histogram) {
    constexpr int kMostMilliseconds = 10'000;
    while (next_ == ready_) {
      const int count = ::epoll_wait(poll_.get(), events_.data(), static_cast<int>(events_.size()),
                                     kMostMilliseconds);
      if (count == 0) errno = ETIMEDOUT;
      if (count <= 0) return failed("wait for an answer");
      next_ = 0;
      ready_ = static_cast<std::size_t>(count);
    }
    const auto which = static_cast<std::size_t>(events_[next_].data.u64);
    std::size_t answers = 0;
    const auto status = connections_[which].receive(answers);
    if (status == RequestConnection::Status::kEnded) return failed("receive an answer");
    if (status == RequestConnection::Status::kWrong || answers > 1) {
      wrong_ = true;
      return std::nullopt;
    }
    ++next_;
    if (answers == 0) return take(histogram);  // half of it; the rest is still to come
    if (histogram != nullptr) {
      const auto took = Clock::now() - sent_[which];
      histogram->add(static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
    }
    return which;
  }

  /// Fails the workload with what went wrong, if anything did.
  bool fails(benchmark::State& state) const {
    if (wrong_) fail(state, "the server's answer is not the right one");
    if (!said_.empty()) fail_connection(state, said_);
    return wrong_ || !said_.empty();
  }

 private:
  std::optional<std::size_t> failed(const char* tried) {
    said_ = tried;
    return std::nullopt;
  }

  std::vector<RequestConnection> connections_;
  std::vector<Clock::time_point> sent_;
  UniqueFd poll_;
  std::array<epoll_event, 64> events_{};
  std::size_t next_ = 0;
  std::size_t ready_ = 0;
  std::string said_;
  bool wrong_ = false;
};

/// Unit: requests per second; latencies from sending to the whole answer. Peer for HTTP: wrk.
void closed_loop(benchmark::State& state, Reach reach, const RequestKind& kind,
                 std::size_t connections) {
  const Link link(state, reach, Link::Cpus::kTwo);
  if (!link.ok()) return;
  ClosedLoop loop(link.address(), kind, connections);
  if (loop.fails(state)) return;
  for (std::size_t i = 0; i < connections; ++i) {
    if (!loop.send(i) || !loop.take(nullptr)) break;
  }
  for (std::size_t i = 0; i < connections && !loop.fails(state); ++i) loop.send(i);
  if (loop.fails(state)) return;
  Histogram histogram;
  for (auto _ : state) {
    const auto which = loop.take(&histogram);
    if (!which || !loop.send(*which)) {
      loop.fails(state);
      return;
    }
  }
  report(histogram, state);
  state.SetItemsProcessed(state.iterations());
  Digest checksum;
  for (const char byte : kind.answer) checksum.add(static_cast<unsigned char>(byte));
  set_checksum(state, checksum.value());
}

bool add_closed_loop(const char* name, const char* summary, RequestKind (*kind)(),
                     std::size_t connections, std::initializer_list<Reach> reaches) {
  const auto many = connections == 1 ? "" : "/" + std::to_string(connections) + "_connections";
  for (const auto reach : reaches) {
    add_workload(net_description({.name = name + many,
                                  .summary = summary,
                                  .metric = "items_per_second",
                                  .unit = "1/s",
                                  .higher_is_better = true},
                                 reach),
                 [=](auto& state) { closed_loop(state, reach, kind(), connections); });
  }
  return true;
}

constexpr std::size_t kMany = 32;
const bool kGet =
    add_closed_loop("http_get/1KiB", "HTTP/1.1 GET of 1 KiB, kept alive", RequestKind::get, 1,
                    {Reach::kLoopback, Reach::kLoopbackIpv6, Reach::kEgress, Reach::kIngress});
const bool kGetMany =
    add_closed_loop("http_get/1KiB", "HTTP/1.1 GET of 1 KiB, 32 connections", RequestKind::get,
                    kMany, {Reach::kLoopback, Reach::kEgress, Reach::kIngress});
const bool kEchoMany =
    add_closed_loop("tcp_round_trip/64B", "64 bytes over TCP and back, 32 connections",
                    RequestKind::echo, kMany, {Reach::kLoopback, Reach::kEgress, Reach::kIngress});

}  // namespace
}  // namespace strata::workloads
