#include "drivers/docker/container_network.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

#include "drivers/testing/scripted_engine.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::http_reply;
using ::testing::StartsWith;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

const auto kBridge = R"({"Name":"bridge","IPAM":{"Config":[{"Gateway":"172.17.0.1"}]}})";

Json inspection(const std::string& network, const std::string& port) {
  return {{"NetworkSettings",
           {{"Networks", {{network, {{"IPAddress", "172.17.0.2"}, {"Gateway", "172.17.0.1"}}}}},
            {"Ports", {{"7411/tcp", {{{"HostIp", "x"}, {"HostPort", port}}}}}}}}};
}

/// Somebody who listens on loopback, and the port; or a port at which nobody does.
struct Listener {
  explicit Listener(bool listens) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd.get(), generic, size) != 0 || (listens && ::listen(fd.get(), 8) != 0) ||
        ::getsockname(fd.get(), generic, &size) != 0) {
      std::abort();
    }
    port = ntohs(address.sin_port);
  }
  UniqueFd fd;
  std::uint16_t port = 0;
};

class ContainerNetworkTest : public ::testing::Test {
 protected:
  ContainerNetworkTest() { engine_.answer("GET /networks/bridge", http_reply(200, kBridge)); }
  ContainerNetwork make(const std::string& network, const std::string& ingress) {
    return {{"t", "docker", {{"network", network}, {"ingress", ingress}}, {}},
            "run-1",
            std::make_shared<EngineClient>(engine_.socket_path())};
  }
  std::string said(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.failure().said + "; " + error.failure().do_next;
    }
    return "nothing";
  }
  testing::ScriptedEngine engine_;
};

TEST_F(ContainerNetworkTest, NoneAndHostAskTheEngineNothing) {
  for (const auto* const name : {"none", "host"}) {
    auto network = make(name, "address");
    network.prepare(enough());
    EXPECT_FALSE(network.has_address());
    Json definition{{"HostConfig", Json::object()}};
    network.add_to(definition);
    EXPECT_EQ(definition, Json({{"HostConfig", {{"NetworkMode", name}}}}));
    network.prove(network.path({}), enough());
  }
  EXPECT_TRUE(engine_.requests().empty());
  EXPECT_EQ(make("none", "address").path({}).instance, "");
  EXPECT_EQ(make("host", "address").path({}).instance, "127.0.0.1");
}

TEST_F(ContainerNetworkTest, ABridgeIsReachedByAddressNatOrProxy) {
  auto direct = make("bridge", "address");
  direct.prepare(enough());
  auto path = direct.path(inspection("bridge", ""));
  EXPECT_EQ(path.instance, "172.17.0.2");
  EXPECT_EQ(path.host, "172.17.0.1");
  EXPECT_EQ(path.port, NetworkPath::kPort);

  auto nat = make("bridge", "nat");
  nat.prepare(enough());
  path = nat.path(inspection("bridge", "49153"));
  EXPECT_EQ(path.instance, "172.17.0.1");
  EXPECT_EQ(path.port, 49153);
  Json definition{{"HostConfig", Json::object()}};
  nat.add_to(definition);
  EXPECT_EQ(definition["HostConfig"]["PortBindings"]["7411/tcp"][0]["HostIp"], "172.17.0.1");
  EXPECT_TRUE(definition["ExposedPorts"].contains("7411/tcp"));

  auto proxy = make("bridge", "proxy");
  proxy.prepare(enough());
  EXPECT_EQ(proxy.path(inspection("bridge", "49153")).instance, "127.0.0.1");
  proxy.add_to(definition);
  EXPECT_EQ(definition["HostConfig"]["PortBindings"]["7411/tcp"][0]["HostIp"], "127.0.0.1");
}

TEST_F(ContainerNetworkTest, ANetworkOfItsOwnIsMadeLabelledAndRemoved) {
  engine_.answer("POST /networks/create", http_reply(201, R"({"Id":"1"})"));
  {
    auto network = make("own", "address");
    // It is looked at by the name that it was given.
    EXPECT_THROW(network.prepare(Deadline::after(monotonic_clock(), std::chrono::milliseconds(50))),
                 DeadlineExceeded);
    EXPECT_THAT(engine_.requests(), Contains(HasSubstr("{\"strata.run\":\"run-1\"}")));
    engine_.answer("DELETE /networks/", http_reply(204, ""));
    const auto made = engine_.requests().back();
    EXPECT_THAT(made, StartsWith("GET /v1.40/networks/strata-"));
    auto name = made.substr(0, made.find(" HTTP"));
    name.erase(0, std::string("GET /v1.40").size());
    engine_.answer("DELETE " + name, http_reply(204, ""));
  }
  EXPECT_THAT(engine_.requests().back(), StartsWith("DELETE /v1.40/networks/strata-"));
}

TEST_F(ContainerNetworkTest, ANetworkThatIsNotThereIsAnErrorWithARemedy) {
  engine_.answer("GET /networks/lan", http_reply(404, R"({"message":"network lan not found"})"));
  auto network = make("lan", "address");
  EXPECT_THAT(said([&] { network.prepare(enough()); }), HasSubstr("network = \"own\""));
  engine_.answer("GET /networks/lan", http_reply(500, R"({"message":"broken"})"));
  EXPECT_THAT(said([&] { network.prepare(enough()); }), HasSubstr("500: broken"));
}

TEST_F(ContainerNetworkTest, OptionsThatDontFitAreWrongUse) {
  EXPECT_THROW(make("", "address"), UsageError);
  EXPECT_THROW(make("none", "nat"), UsageError);
  EXPECT_THROW(make("host", "proxy"), UsageError);
  EXPECT_THROW(make("bridge", "tunnel"), UsageError);
}

TEST_F(ContainerNetworkTest, AnAnswerWithoutAddressOrPortIsAnError) {
  auto network = make("bridge", "nat");
  network.prepare(enough());
  EXPECT_THROW(network.path({}), Error);
  EXPECT_THROW(network.path(inspection("other", "1")), Error);
  for (const auto* const port : {"", "x", "99999", "-1", "80 "}) {
    EXPECT_THROW(network.path(inspection("bridge", port)), Error) << port;
  }
}

TEST_F(ContainerNetworkTest, ThePathIsWalkedBeforeItIsMeasured) {
  const Listener somebody(true);
  const Listener nobody(false);
  const NetworkPath open{"127.0.0.1", "127.0.0.1", somebody.port};
  const NetworkPath shut{"127.0.0.1", "127.0.0.1", nobody.port};
  // Through NAT nobody answers where nobody listens; who does is the engine's proxy.
  const auto nat = make("bridge", "nat");
  EXPECT_NO_THROW(nat.prove(shut, enough()));
  EXPECT_THAT(said([&] { nat.prove(open, enough()); }), HasSubstr("no NAT rule"));
  const auto proxy = make("bridge", "proxy");
  EXPECT_NO_THROW(proxy.prove(open, enough()));
  EXPECT_THAT(said([&] { proxy.prove(shut, enough()); }), HasSubstr("userland-proxy"));
  const auto direct = make("bridge", "address");
  EXPECT_NO_THROW(direct.prove(open, enough()));
  EXPECT_NO_THROW(direct.prove(shut, enough()));
  EXPECT_THROW(direct.prove({"x", "no address", 1}, enough()), Error);
  // No host has such an address.
  EXPECT_THAT(said([&] {
                direct.prove({"", "255.255.255.255", 1}, enough());
              }),
              HasSubstr("ci/with-docker"));
}

}  // namespace
}  // namespace strata::drivers
