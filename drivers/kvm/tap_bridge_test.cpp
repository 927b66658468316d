#include "drivers/kvm/tap_bridge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "drivers/kvm/passt_link.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::IsSupersetOf;

TEST(BridgeName, HoldsTheRunWithinTheFifteenCharactersOfAnInterface) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto run = random();
    const auto name = bridge_name(run, static_cast<unsigned>(i));
    EXPECT_EQ(name.size(), 15U);
    EXPECT_EQ(run_of_bridge(name), fmt::format("{:016x}", run)) << name;
  }
  EXPECT_NE(bridge_name(1, 0), bridge_name(1, 1));
}

TEST(BridgeName, OfOthersIsNone) {
  for (const auto* const name : {"", "docker0", "str", "strata0", "str0000000000000000",
                                 "br-12345678901", "str00000000000.", "str00000000000"}) {
    EXPECT_FALSE(run_of_bridge(name)) << name;
  }
}

TEST(TapBridge, IsOnlyMadeForARun) {
  EXPECT_THROW(TapBridge::make("no id"), Error);
  EXPECT_THROW(TapBridge::make("12345678901234567"), Error);
}

TEST(Routes, ShareAddressesOrDoNot) {
  const std::string routes =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
      "vpn0\t0103D50A\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
      "odd\tzz\t0\t0\t0\t0\t0\tFFFFFFFF\n"
      "short\t0003D50A\n";
  EXPECT_TRUE(has_route_into(routes, 0xac110500));   // 172.17.5.0 in 172.17.0.0/16
  EXPECT_TRUE(has_route_into(routes, 0x0ad50300));   // 10.213.3.0 around 10.213.3.1
  EXPECT_FALSE(has_route_into(routes, 0x0ad50400));  // the default route leads everywhere
  EXPECT_FALSE(has_route_into("", 0x0ad50300));
}

TEST(PasstArguments, GiveTheGuestANetworkThatNeedsNoInterface) {
  const auto words = passt_arguments(3, "127.1.2.3");
  EXPECT_THAT(words, IsSupersetOf({"--foreground", "--fd", "3", "--interface", "lo", "--mac-addr",
                                   "--address", "10.0.2.15", "--gateway", "10.0.2.2", "--tcp-ports",
                                   "127.1.2.3/7411", "--udp-ports"}));
}

}  // namespace
}  // namespace strata::drivers
