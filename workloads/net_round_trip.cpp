// Network: one message there and back. Both ends run on one CPU on loopback; else the client's is
// the first it may use. Warm-up: one message.

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "workloads/net_link.h"
#include "workloads/net_protocol.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kSize = 64;
using Message = std::array<char, kSize>;

Message random_message() {
  Message message{};
  Random random;
  for (auto& byte : message) byte = static_cast<char>(random.next());
  return message;
}

/// Times `exchange`, which sends its first argument and fills the second with what comes back.
template <typename Exchange>
void round_trips(benchmark::State& state, const std::string& tried, Exchange&& exchange) {
  const auto sent = random_message();
  Message received{};
  const auto good = [&](bool whole) {
    if (!whole) fail_connection(state, tried);
    if (whole && received != sent) fail(state, "the server sent something else back");
    return whole && received == sent;
  };
  if (!good(exchange(sent, received))) return;
  Histogram histogram;
  for (auto _ : state) {
    received.fill(0);
    bool whole = false;
    timed(histogram, [&] { whole = exchange(sent, received); });
    if (!good(whole)) return;
  }
  report(histogram, state);
  state.SetItemsProcessed(state.iterations());
  Digest checksum;
  for (const char byte : received) checksum.add(static_cast<unsigned char>(byte));
  set_checksum(state, checksum.value());
}

bool open_with(int fd, PeerService service) {
  const auto opening = peer_opening(service, kSize);
  return send_all(fd, opening.data(), opening.size());
}

/// 64 bytes over a TCP connection and back (netperf TCP_RR). Unit: ns a round trip. Peer: sockperf
/// ping-pong --tcp.
void tcp_round_trip(benchmark::State& state, Reach reach) {
  const Link link(state, reach, Link::Cpus::kOne);
  if (!link.ok()) return;
  const auto fd = connect_to(link.address());
  if (!fd || !open_with(fd.get(), PeerService::kEcho)) {
    return fail_errno(state, "connect to " + link.address().text());
  }
  round_trips(state, "send 64 bytes and receive them", [&](const auto& sent, auto& received) {
    return send_all(fd.get(), sent.data(), kSize) && receive_all(fd.get(), received.data(), kSize);
  });
}

/// A connection made, 64 bytes sent and received, and closed, by the server first (netperf
/// TCP_CRR). Unit: ns for all.
void tcp_connect(benchmark::State& state, Reach reach) {
  const Link link(state, reach, Link::Cpus::kOne);
  if (!link.ok()) return;
  const auto opening = peer_opening(PeerService::kOnce, kSize);
  round_trips(
      state, "connect, send 64 bytes and receive them", [&](const auto& sent, auto& received) {
        const auto fd = connect_to(link.address());
        std::array<char, kOpeningSize + kSize> request{};
        std::copy(opening.begin(), opening.end(), request.begin());
        std::copy(sent.begin(), sent.end(), request.begin() + opening.size());
        char more = 0;
        return fd && send_all(fd.get(), request.data(), request.size()) &&
               receive_all(fd.get(), received.data(), kSize) && ::recv(fd.get(), &more, 1, 0) == 0;
      });
}

/// 64 bytes in a UDP datagram and back. A datagram that is lost fails the workload. Unit: ns a
/// round trip. Peer: sockperf ping-pong.
void udp_round_trip(benchmark::State& state, Reach reach) {
  constexpr int kMostSeconds = 1;
  const Link link(state, reach, Link::Cpus::kOne);
  if (!link.ok()) return;
  const UniqueFd fd(::socket(link.address().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), link.address().get(), link.address().size()) != 0) {
    return fail_errno(state, "connect to " + link.address().text());
  }
  limit_waiting(fd.get(), kMostSeconds);
  round_trips(state, "send a datagram and wait a second for it to come back",
              [&](const auto& sent, auto& received) {
                return ::send(fd.get(), sent.data(), kSize, 0) == static_cast<ssize_t>(kSize) &&
                       ::recv(fd.get(), received.data(), kSize, 0) == static_cast<ssize_t>(kSize);
              });
}

using RoundTrip = void (*)(benchmark::State&, Reach);

bool add_round_trip(const char* name, const char* summary, RoundTrip run,
                    std::initializer_list<Reach> reaches) {
  for (const auto reach : reaches) {
    add_workload(net_description({.name = name, .summary = summary}, reach),
                 [run, reach](auto& state) { run(state, reach); });
  }
  return true;
}

const bool kTcp =
    add_round_trip("tcp_round_trip/64B", "64 bytes over TCP and back", tcp_round_trip,
                   {Reach::kLoopback, Reach::kLoopbackIpv6, Reach::kEgress, Reach::kIngress});
const bool kConnect =
    add_round_trip("tcp_connect/64B", "connect, 64 bytes over TCP and back, close", tcp_connect,
                   {Reach::kLoopback, Reach::kLoopbackIpv6, Reach::kEgress, Reach::kIngress});
const bool kUdp = add_round_trip("udp_round_trip/64B", "64 bytes over UDP and back", udp_round_trip,
                                 {Reach::kLoopback, Reach::kLoopbackIpv6, Reach::kEgress});

}  // namespace
}  // namespace strata::workloads
