// Network: latency under a load that is given. Requests are sent at their times whether or not
// earlier ones were answered, and each latency counts from the time its request was meant to be
// sent: a server that stalls, or a client that comes late, is in the figures (no coordinated
// omission; Tene). On loopback the client is on the first CPU and the server on the last.

#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "workloads/net_requests.h"
#include "workloads/registry.h"
#include "workloads/report.h"
#include "workloads/schedule.h"

namespace strata::workloads {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

std::uint64_t since(Clock::time_point past, Clock::time_point now) {
  return now <= past ? 0
                     : static_cast<std::uint64_t>(
                           std::chrono::duration_cast<nanoseconds>(now - past).count());
}

/// Connections on which requests go out by a schedule.
class OpenLoop {
 public:
  OpenLoop(const Address& address, const RequestKind& kind) {
    constexpr std::size_t kConnections = 8;
    intended_.resize(kConnections);
    connections_.reserve(kConnections);
    for (std::size_t i = 0; i < kConnections; ++i) {
      connections_.emplace_back(address, kind);
      if (!connections_.back().ok()) {
        said_ = "connect to " + address.text();
        return;
      }
      watched_.push_back({connections_.back().fd(), POLLIN, 0});
    }
  }

  /// Sends `count` requests at `rate` and waits for their answers; false if that failed.
  bool run(double rate, std::size_t count) {
    constexpr auto kMostSilence = std::chrono::seconds(5);
    const Schedule schedule(Clock::now() + std::chrono::microseconds(100), rate);
    std::size_t sent = 0;
    std::size_t answered = 0;
    auto heard = Clock::now();
    while (answered < count) {
      auto now = Clock::now();
      for (; sent < count && schedule.at(sent) <= now; ++sent, now = Clock::now()) {
        const auto which = sent % connections_.size();
        late_.add(since(schedule.at(sent), now));
        intended_[which].push_back(schedule.at(sent));
        if (!connections_[which].send()) return failed("send a request");
      }
      const auto until = sent < count ? schedule.at(sent) : heard + kMostSilence;
      if (!wait(until - now)) return failed("wait for answers");
      const auto before = answered;
      if (!receive(answered)) return false;
      if (answered > before) heard = Clock::now();
      if (Clock::now() - heard > kMostSilence) {
        errno = ETIMEDOUT;
        return failed("wait for answers");
      }
    }
    return true;
  }

  [[nodiscard]] const Histogram& latencies() const { return latencies_; }
  /// How late requests were sent: what the client itself adds to the latencies.
  [[nodiscard]] const Histogram& late() const { return late_; }
  bool fails(benchmark::State& state) const {
    if (wrong_) fail(state, "the server's answer is not the right one");
    if (!said_.empty()) fail_connection(state, said_);
    return wrong_ || !said_.empty();
  }

 private:
  bool wait(Clock::duration limit) {
    const auto left = std::max<Clock::duration>(limit, nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    return ::ppoll(watched_.data(), watched_.size(), &timeout, nullptr) >= 0 || errno == EINTR;
  }

  bool receive(std::size_t& answered) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (watched_[i].revents == 0) continue;
      std::size_t answers = 0;
      const auto status = connections_[i].receive(answers);
      const auto now = Clock::now();
      if (status == RequestConnection::Status::kEnded) return failed("receive an answer");
      wrong_ = status == RequestConnection::Status::kWrong || answers > intended_[i].size();
      if (wrong_) return false;
      for (; answers > 0; --answers, ++answered) {
        latencies_.add(since(intended_[i].front(), now));
        intended_[i].pop_front();
      }
    }
    return true;
  }

  bool failed(const char* tried) {
    said_ = tried;
    return false;
  }

  std::vector<RequestConnection> connections_;
  std::vector<std::deque<Clock::time_point>> intended_;  ///< of requests under way, by connection
  std::vector<pollfd> watched_;
  Histogram latencies_;
  Histogram late_;
  std::string said_;
  bool wrong_ = false;
};

/// HTTP GETs at `rate` over 8 connections; `count` are one iteration. Unit of the headline: ns, the
/// median. The tail stands beside it, and late_p99_ns says how much of it is the client's own:
/// where a virtual machine stalls for milliseconds now and then, p99 of two equal runs differs by
/// factors. Warm-up: the connections are made. Peer: wrk2 does the same.
void open_loop(benchmark::State& state, Reach reach, unsigned rate, std::size_t count) {
  // So that the kernel wakes us at the time we ask for, and not up to 50 us later.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const Link link(state, reach, Link::Cpus::kTwo);
  if (!link.ok()) return;
  const auto kind = RequestKind::get();
  OpenLoop loop(link.address(), kind);
  if (loop.fails(state)) return;
  for (auto _ : state) {
    if (!loop.run(rate, count)) {
      loop.fails(state);
      return;
    }
  }
  report(loop.latencies(), state);
  state.counters["late_p99_ns"] = loop.late().quantile(0.99);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
  set_checksum(state, count);
}

bool add_open_loop(unsigned rate, std::size_t count, std::initializer_list<Reach> reaches) {
  for (const auto reach : reaches) {
    add_workload(net_description({.name = "open_loop/" + std::to_string(rate) + "_per_second",
                                  .summary = "HTTP GETs at " + std::to_string(rate) + " a second",
                                  .metric = "p50_ns"},
                                 reach),
                 [=](auto& state) { open_loop(state, reach, rate, count); });
  }
  return true;
}

const bool kSlow = add_open_loop(2000, 2000, {Reach::kLoopback, Reach::kEgress, Reach::kIngress});
const bool kFast = add_open_loop(10'000, 5000, {Reach::kLoopback});

}  // namespace
}  // namespace strata::workloads
