// Network: as many bytes as a TCP connection takes, in writes and reads of 128 KiB, which are
// iperf3's. On loopback the client is on the first CPU and the server on the last.

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "workloads/net_link.h"
#include "workloads/net_protocol.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr auto kBlock = static_cast<std::int64_t>(kStreamBlock);

/// A connection for `service`; empty, and the workload failed, if there is none.
UniqueFd open_stream(benchmark::State& state, const Link& link, PeerService service) {
  auto fd = connect_to(link.address());
  const auto opening = peer_opening(service);
  if (fd && send_all(fd.get(), opening.data(), opening.size())) return fd;
  fail_errno(state, "connect to " + link.address().text());
  return {};
}

void finish(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * kBlock);
  set_checksum(state, kStreamBlock);
}

/// From the client to the server, which counts; the time ends when its count has come back, so that
/// what lies in buffers is in it. Unit: bytes per second. Peer: iperf3.
void upload(benchmark::State& state, Reach reach) {
  const Link link(state, reach, Link::Cpus::kTwo);
  if (!link.ok()) return;
  const auto fd = open_stream(state, link, PeerService::kUpload);
  if (!fd) return;
  const auto& block = stream_block();
  std::uint64_t received = 0;
  auto left = static_cast<std::int64_t>(state.max_iterations);
  for (auto _ : state) {
    if (!send_all(fd.get(), block.data(), block.size())) {
      return fail_connection(state, "send 128 KiB");
    }
    if (--left > 0) continue;
    std::array<char, sizeof received> answer{};
    ::shutdown(fd.get(), SHUT_WR);
    if (!receive_all(fd.get(), answer.data(), answer.size())) {
      return fail_connection(state, "receive the server's count of what it got");
    }
    std::memcpy(&received, answer.data(), sizeof received);
  }
  if (received != static_cast<std::uint64_t>(state.iterations() * kBlock)) {
    return fail(state, "the server got another number of bytes than was sent");
  }
  finish(state);
}

/// From the server to the client. Unit: bytes per second. Peer: iperf3 --reverse.
void download(benchmark::State& state, Reach reach) {
  const Link link(state, reach, Link::Cpus::kTwo);
  if (!link.ok()) return;
  const auto fd = open_stream(state, link, PeerService::kDownload);
  if (!fd) return;
  std::vector<char> block(kStreamBlock);
  // The first block fills the buffers between the two.
  for (bool warm = false; auto _ : state) {
    if (!warm) {
      state.PauseTiming();
      if (!receive_all(fd.get(), block.data(), block.size())) {
        return fail_connection(state, "receive 128 KiB");
      }
      warm = true;
      state.ResumeTiming();
    }
    if (!receive_all(fd.get(), block.data(), block.size())) {
      return fail_connection(state, "receive 128 KiB");
    }
  }
  if (!std::equal(block.begin(), block.end(), stream_block().begin())) {
    return fail(state, "the server sent other bytes than it should");
  }
  finish(state);
}

using Stream = void (*)(benchmark::State&, Reach);

bool add_stream(const char* name, const char* summary, Stream run,
                std::initializer_list<Reach> reaches) {
  for (const auto reach : reaches) {
    add_workload(net_description({.name = name,
                                  .summary = summary,
                                  .metric = "bytes_per_second",
                                  .unit = "B/s",
                                  .higher_is_better = true},
                                 reach),
                 [run, reach](auto& state) { run(state, reach); });
  }
  return true;
}

const bool kUpload =
    add_stream("tcp_upload/128KiB", "a TCP stream from client to server", upload,
               {Reach::kLoopback, Reach::kLoopbackIpv6, Reach::kEgress, Reach::kIngress});
const bool kDownload = add_stream("tcp_download/128KiB", "a TCP stream from server to client",
                                  download, {Reach::kLoopback, Reach::kEgress, Reach::kIngress});

}  // namespace
}  // namespace strata::workloads
