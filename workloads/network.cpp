// Network: the instance's own loopback. Paths between instance and host are for the targets to
// choose.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "workloads/child.h"
#include "workloads/common/unique_fd.h"
#include "workloads/latencies.h"
#include "workloads/registry.h"

namespace strata::workloads {
namespace {

void skip(benchmark::State& state, const char* tried) {
  const auto text = std::string(tried) + ": " + std::strerror(errno);
  state.SkipWithError(text.c_str());
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// 64 bytes to another process on the same CPU and back over one TCP connection on 127.0.0.1
/// (netperf TCP_RR). Unit: ns a round trip.
void tcp_round_trip(benchmark::State& state) {
  const OnOneCpu pinned;
  constexpr std::size_t kSize = 64;
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  // Port 0: the kernel gives one that is free.
  if (!listener || ::bind(listener.get(), generic, length) != 0 ||
      ::listen(listener.get(), 1) != 0 || ::getsockname(listener.get(), generic, &length) != 0) {
    return skip(state, "listen on 127.0.0.1");
  }
  const Child server([&] {
    const UniqueFd peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    send_at_once(peer.get());
    echo<kSize>(peer.get(), peer.get());
  });
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), generic, length) != 0) return skip(state, "connect to 127.0.0.1");
  send_at_once(fd.get());
  std::array<char, kSize> sent{};
  std::array<char, kSize> received{};
  Random random;
  for (auto& byte : sent) byte = static_cast<char>(random.next());
  Histogram histogram;
  for (auto _ : state) {
    bool whole = false;
    timed(histogram, [&] {
      whole = ::send(fd.get(), sent.data(), kSize, MSG_NOSIGNAL) == static_cast<ssize_t>(kSize) &&
              read_exactly(fd.get(), received.data(), kSize);
    });
    if (!whole) return skip(state, "send 64 bytes and read them back");
    if (received != sent) {
      state.SkipWithError("the server sent something else back");
      return;
    }
  }
  report(histogram, state);
  Digest checksum;
  for (const char byte : received) checksum.add(static_cast<unsigned char>(byte));
  set_checksum(state, checksum.value());
}

const bool kRoundTrip =
    add_workload({.name = "net/tcp_round_trip/64B",
                  .summary = "64 bytes over loopback TCP to another process and back"},
                 tcp_round_trip);

}  // namespace
}  // namespace strata::workloads
