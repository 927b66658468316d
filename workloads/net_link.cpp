#include "workloads/net_link.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "workloads/report.h"

namespace strata::workloads {
Link::Link(benchmark::State& state, Reach reach, Cpus cpus) {
  const bool on_loopback = reach == Reach::kLoopback || reach == Reach::kLoopbackIpv6;
  address_ = on_loopback ? start_server(state, reach, cpus) : given_peer(state);
}

std::optional<Address> Link::start_server(benchmark::State& state, Reach reach, Cpus cpus) {
  const std::string here = reach == Reach::kLoopbackIpv6 ? "[::1]:0" : "127.0.0.1:0";
  NetServer server(*Address::parse(here));
  if (!server.ok()) {
    const bool no_ipv6 = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
    const std::string why = std::strerror(errno);
    fail(state,
         "listen at " + here + ": " + why +
             (no_ipv6 ? "; IPv6 is not available here: the instance's network has it off" : ""));
    return std::nullopt;
  }
  server_ = std::make_unique<Child>([&] {
    std::optional<OnOneCpu> elsewhere;
    if (cpus == Cpus::kTwo) elsewhere.emplace(last_cpu_);
    server.serve();
  });
  if (!server_->started()) {
    fail_errno(state, "start a server process");
    return std::nullopt;
  }
  return server.address();
}

std::optional<Address> Link::given_peer(benchmark::State& state) {
  const char* const peer = std::getenv("STRATA_PEER");
  const auto address = peer == nullptr ? std::nullopt : Address::parse(peer);
  if (peer == nullptr) {
    fail(state,
         "find the peer: STRATA_PEER is not set; start strata-workloads --serve ADDRESS:PORT at "
         "the other end and set it to ADDRESS:PORT");
  } else if (!address) {
    fail(state, "find the peer: STRATA_PEER is not ADDRESS:PORT but " + std::string(peer));
  }
  return address;
}

Description net_description(Description description, Reach reach) {
  description.name = "net/" + description.name;
  switch (reach) {
    case Reach::kLoopback:
      description.summary += ", loopback";
      break;
    case Reach::kLoopbackIpv6:
      description.name += "/ipv6";
      description.summary += ", loopback, IPv6";
      break;
    case Reach::kEgress:
      description.name += "/egress";
      description.summary += ", from the instance to the host";
      description.inside = "client";
      description.needs.emplace_back("peer");
      break;
    case Reach::kIngress:
      description.name += "/ingress";
      description.summary += ", from the host to the instance";
      description.inside = "server";
      description.needs.emplace_back("peer");
      break;
  }
  return description;
}

void fail_connection(benchmark::State& state, const std::string& tried) {
  const std::string said = errno == 0 ? "the peer closed the connection"
                           : errno == EAGAIN || errno == ETIMEDOUT ? "no answer within ten seconds"
                                                                   : std::strerror(errno);
  fail(state, tried + ": " + said);
}

}  // namespace strata::workloads
