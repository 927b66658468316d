#pragma once

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <string>

#include "workloads/child.h"
#include "workloads/cpus.h"
#include "workloads/net_server.h"
#include "workloads/net_socket.h"
#include "workloads/registry.h"

namespace strata::workloads {

/// Where the server is.
enum class Reach {
  kLoopback,      ///< another process beside this one, at 127.0.0.1
  kLoopbackIpv6,  ///< the same at ::1
  kEgress,        ///< at the host, this program in the instance
  kIngress,       ///< in the instance, this program at the host
};

/// A server to talk to, for as long as this object lives. On loopback it is started as a second
/// process; else it is where STRATA_PEER says ("ADDRESS:PORT"), started by Strata or by hand:
/// strata-workloads --serve ADDRESS:PORT.
class Link {
 public:
  /// Where the two ends run, on loopback: both on the first CPU, so that a round trip is two
  /// context switches every time; or the client on the first and the server on the last.
  enum class Cpus { kOne, kTwo };

  /// The workload is failed, with the reason, where ok() is false.
  Link(benchmark::State& state, Reach reach, Cpus cpus);

  [[nodiscard]] bool ok() const { return address_.has_value(); }
  [[nodiscard]] const Address& address() const { return *address_; }

 private:
  std::optional<Address> start_server(benchmark::State& state, Reach reach, Cpus cpus);
  static std::optional<Address> given_peer(benchmark::State& state);

  int last_cpu_ = usable_cpus().back();  ///< before this process is pinned to the first
  OnOneCpu pinned_;
  std::optional<Address> address_;
  std::unique_ptr<Child> server_;
};

/// "tcp_round_trip/64B" with "/ipv6", "/egress" or "/ingress" behind it.
Description net_description(Description description, Reach reach);

/// Fails the workload: what was tried, and that the peer closed the connection, or errno.
void fail_connection(benchmark::State& state, const std::string& tried);

}  // namespace strata::workloads
