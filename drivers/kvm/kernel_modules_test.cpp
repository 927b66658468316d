#include "drivers/kvm/kernel_modules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kVirtio =
    "kernel/virtio/virtio.ko: kernel/virtio/virtio_ring.ko\n"
    "kernel/virtio/virtio_ring.ko:\n"
    "kernel/net/virtio_net.ko: kernel/net/net_failover.ko kernel/core/failover.ko "
    "kernel/virtio/virtio.ko kernel/virtio/virtio_ring.ko\n"
    "kernel/net/net_failover.ko: kernel/core/failover.ko\n"
    "kernel/core/failover.ko:\n"
    "kernel/hw/virtio-rng.ko.xz: kernel/virtio/virtio.ko kernel/virtio/virtio_ring.ko\n";

TEST(ModulesDep, IsReadLineByLine) {
  const auto dependencies = parse_module_dependencies(kVirtio);
  EXPECT_EQ(dependencies.size(), 6U);
  EXPECT_THAT(dependencies.at("kernel/virtio/virtio.ko"),
              ElementsAre("kernel/virtio/virtio_ring.ko"));
  EXPECT_THAT(dependencies.at("kernel/core/failover.ko"), IsEmpty());
}

TEST(ModulesDep, WhatIsNoLineOfItIsLeftOut) {
  EXPECT_THAT(parse_module_dependencies(""), IsEmpty());
  EXPECT_THAT(parse_module_dependencies("no colon\n\n:\n: a.ko\n/etc/a.ko: b.ko\na b: c\n"),
              IsEmpty());
  const auto dependencies = parse_module_dependencies("a.ko:  b.ko\t ../c.ko /d.ko\r\nb.ko:");
  EXPECT_THAT(dependencies.at("a.ko"), ElementsAre("b.ko"));
  EXPECT_TRUE(dependencies.contains("b.ko"));
}

TEST(ModulesDep, NamesAreTheKernelsOwn) {
  EXPECT_EQ(module_name("kernel/drivers/virtio/virtio_ring.ko"), "virtio_ring");
  EXPECT_EQ(module_name("kernel/hw/virtio-rng.ko.xz"), "virtio_rng");
  EXPECT_EQ(module_name("a"), "a");
}

TEST(LoadingOrder, EachComesAfterWhatItNeedsAndOnce) {
  const auto dependencies = parse_module_dependencies(kVirtio);
  EXPECT_THAT(in_loading_order(dependencies, {"virtio_net", "virtio_rng", "virtio"}),
              ElementsAre("kernel/core/failover.ko", "kernel/net/net_failover.ko",
                          "kernel/virtio/virtio_ring.ko", "kernel/virtio/virtio.ko",
                          "kernel/net/virtio_net.ko", "kernel/hw/virtio-rng.ko.xz"));
}

TEST(LoadingOrder, WhatIsBuiltInNeedsNoFile) {
  EXPECT_THAT(in_loading_order(parse_module_dependencies(kVirtio), {"ext4"}), IsEmpty());
}

TEST(LoadingOrder, GapsAndCirclesAreErrors) {
  EXPECT_THROW(in_loading_order(parse_module_dependencies("a.ko: b.ko\n"), {"a"}), Error);
  EXPECT_THROW(in_loading_order(parse_module_dependencies("a.ko: b.ko\nb.ko: a.ko\n"), {"a"}),
               Error);
  EXPECT_THROW(in_loading_order(parse_module_dependencies("a.ko: a.ko\n"), {"a"}), Error);
}

}  // namespace
}  // namespace strata::drivers
