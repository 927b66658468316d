#include "drivers/docker/container_network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>
#include <utility>

#include "drivers/docker/container_definition.h"
#include "drivers/fd_stream.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kLoopback = "127.0.0.1";
constexpr auto kAnywhere = "0.0.0.0";
constexpr auto kTidyLimit = std::chrono::seconds(10);
constexpr auto kConnectLimit = std::chrono::seconds(5);

const std::string& published_port() {
  static const auto kName = fmt::format("{}/tcp", NetworkPath::kPort);
  return kName;
}

/// An object in an object; null where there is none.
const Json& in(const Json& json, const std::string& name) {
  static const Json kNone;
  if (!json.is_object()) return kNone;
  const auto found = json.find(name);
  return found != json.end() ? *found : kNone;
}

const Json& first_of(const Json& list) {
  static const Json kNone;
  return list.is_array() && !list.empty() ? list.front() : kNone;
}

/// What connecting there comes to: 0 or the errno.
int answer_at(const std::string& address, std::uint16_t port, Deadline deadline,
              const std::string& tried) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    throw Error(tried, fmt::format("the engine's \"{}\" is no IPv4 address", address), kNoEngine);
  }
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw system_error(tried, errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  wait_for(fd.get(), POLLOUT, deadline.at_most(kConnectLimit), tried);
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    throw system_error(tried, errno);
  }
  return error;
}

}  // namespace

ContainerNetwork::ContainerNetwork(const Target& target, std::string run_id,
                                   std::shared_ptr<EngineClient> engine)
    : network_(target.options.at("network")),
      ingress_(target.options.at("ingress")),
      is_own_(network_ == "own"),
      run_id_(std::move(run_id)),
      engine_(std::move(engine)) {
  const std::array<std::string, 3> ways{"address", "nat", "proxy"};
  require_one_of(target, "ingress", ways);
  const auto tried = fmt::format("read target \"{}\"", target.name);
  if (network_.empty()) {
    throw UsageError(tried, "network is empty",
                     "write none, host, bridge, own or the name of one of the engine's networks");
  }
  if (!has_address() && ingress_ != "address") {
    throw UsageError(
        tried, fmt::format("network = \"{}\" has no port to publish by {}", network_, ingress_),
        "leave ingress out, or write network = \"bridge\"");
  }
}

ContainerNetwork::~ContainerNetwork() {
  if (!is_made_) return;
  try {
    engine_->call("DELETE", "/networks/" + network_,
                  Deadline::after(monotonic_clock(), kTidyLimit));
  } catch (const std::exception&) {
    // The engine is gone or hangs; `strata clean` finds the network by its label.
  }
}

bool ContainerNetwork::has_address() const { return network_ != "none" && network_ != "host"; }

void ContainerNetwork::make(Deadline deadline) {
  std::random_device device;
  network_ = fmt::format("strata-{:08x}{:08x}", device(), device());
  is_made_ = true;  // once asked, the engine makes it, whether or not somebody waits
  engine_->ask("POST", "/networks/create", deadline.at_least(kTidyLimit),
               {{"Name", network_},
                {"Driver", "bridge"},
                {"CheckDuplicate", true},
                {"Labels", {{kRunLabel, run_id_}}}});
}

void ContainerNetwork::find(Deadline deadline) {
  const auto path = "/networks/" + query_escaped(network_);
  const auto answer = engine_->call("GET", path, deadline);
  constexpr long kNoSuch = 404;
  if (answer.status == kNoSuch) {
    throw Error(fmt::format("use network \"{}\"", network_), "the engine has no such network",
                "`docker network ls` says which it has; network = \"own\" makes one for the run");
  }
  if (!answer.is_success()) throw refusal(engine_->describe("GET", path), answer);
  const auto json = Json::parse(answer.body, nullptr, false);
  // Docker's way to say it, then that of Podman from version 4 on.
  gateway_ = text_in(first_of(in(in(json, "IPAM"), "Config")), "Gateway");
}

void ContainerNetwork::prepare(Deadline deadline) {
  if (is_prepared_ || !has_address()) return;
  if (is_own_ && !is_made_) make(deadline);
  find(deadline);
  is_prepared_ = true;
}

void ContainerNetwork::add_to(Json& definition) const {
  auto& host = definition["HostConfig"];
  host["NetworkMode"] = network_;
  if (ingress_ == "address") return;
  // The engine's proxy listens in either case. A packet from this host to its loopback address
  // passes the engine's NAT rules by, one to its address on the bridge does not.
  const auto address = ingress_ == "proxy" ? kLoopback : gateway_.empty() ? kAnywhere : gateway_;
  definition["ExposedPorts"][published_port()] = Json::object();
  host["PortBindings"][published_port()] = Json::array({{{"HostIp", address}, {"HostPort", ""}}});
}

NetworkPath ContainerNetwork::path(const Json& inspection) const {
  if (network_ == "none") return {};
  if (network_ == "host") return {kLoopback, kLoopback};
  const auto& settings = in(inspection, "NetworkSettings");
  const auto& ours = in(in(settings, "Networks"), network_);
  NetworkPath path{text_in(ours, "Gateway"), text_in(ours, "IPAddress")};
  if (path.host.empty()) path.host = gateway_;
  const auto tried = fmt::format("find the address of a container on network {}", network_);
  if (path.instance.empty()) throw Error(tried, "the engine says none", kNoEngine);
  if (ingress_ == "address") return path;
  const auto port = text_in(first_of(in(in(settings, "Ports"), published_port())), "HostPort");
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), path.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    throw Error(tried,
                fmt::format("the engine has published port {} as \"{}\"", NetworkPath::kPort, port),
                kNoEngine);
  }
  path.instance = ingress_ == "proxy" ? kLoopback : path.host;
  return path;
}

void ContainerNetwork::prove(const NetworkPath& path, Deadline deadline) const {
  if (!has_address()) return;
  const auto tried =
      fmt::format("reach a container on network {} at {}:{}", network_, path.instance, path.port);
  // Where an address was another container's a moment ago, the kernel may still ask that one's.
  constexpr int kTries = 3;
  int answer = EHOSTUNREACH;
  try {
    for (int i = 0; i < kTries && answer == EHOSTUNREACH; ++i) {
      answer = answer_at(path.instance, path.port, deadline, tried);
    }
  } catch (const DeadlineExceeded&) {
    answer = ETIMEDOUT;
  }
  const bool is_accepted = answer == 0;
  const bool is_refused = answer == ECONNREFUSED;
  if (ingress_ == "nat" && is_accepted) {
    throw Error(tried, "the engine's proxy answered: no NAT rule leads to the container",
                "let the engine make its rules (\"iptables\": true in its daemon.json), or write "
                "ingress = \"proxy\"");
  }
  if (ingress_ == "proxy" && is_refused) {
    throw Error(tried, "no proxy of the engine listens there",
                "let the engine start it (\"userland-proxy\": true in its daemon.json), or write "
                "ingress = \"nat\"");
  }
  if (is_accepted || is_refused) return;
  throw system_error(tried, answer,
                     "run where the engine's bridge is: ci/with-docker does so for its own engine");
}

}  // namespace strata::drivers
