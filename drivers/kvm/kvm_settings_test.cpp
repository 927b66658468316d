#include "drivers/kvm/kvm_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Target target_with(std::map<std::string, std::string> options) {
  Target target{"mine", "kvm", std::move(options), {}};
  for (const auto& option : kvm_options()) {
    target.options.try_emplace(std::string(option.name), option.default_value);
  }
  return target;
}

TEST(KvmSettings, DefaultsAreComplete) {
  const auto settings = read_kvm_settings(target_with({}));
  EXPECT_EQ(settings.machine, "q35");
  EXPECT_EQ(settings.architecture, "x86_64");
  EXPECT_FALSE(settings.accelerator);
  EXPECT_EQ(settings.memory, mebibytes(1024));
  EXPECT_EQ(settings.network, GuestNetwork::Kind::kUser);
  EXPECT_TRUE(settings.has_disk);
  EXPECT_EQ(settings.disk_aio, "");
  EXPECT_FALSE(settings.is_snapshot);
  EXPECT_EQ(settings.root_disk, "");
}

TEST(KvmSettings, EveryOptionIsTaken) {
  const auto settings = read_kvm_settings(target_with({{"machine", "virt"},
                                                       {"accelerator", "tcg"},
                                                       {"cpu", "cortex-a53"},
                                                       {"vcpus", "2"},
                                                       {"vcpu_cpus", "0,3"},
                                                       {"memory_mib", "256"},
                                                       {"huge_pages", "true"},
                                                       {"start", "snapshot"},
                                                       {"scratch", "memory"},
                                                       {"disk_cache", "writeback"},
                                                       {"disk_aio", "threads"},
                                                       {"network", "none"},
                                                       {"initramfs", "zstd"}}));
  EXPECT_EQ(settings.architecture, "aarch64");
  EXPECT_EQ(settings.accelerator, Accelerator::kTcg);
  EXPECT_THAT(settings.vcpu_cpus, ElementsAre(0, 3));
  EXPECT_TRUE(settings.huge_pages && settings.is_snapshot && settings.is_compressed);
  EXPECT_FALSE(settings.has_disk);
}

TEST(KvmSettings, WhatCantBeIsRefusedByName) {
  for (const auto& [option, value] :
       std::map<std::string, std::string>{{"machine", "pc"},
                                          {"accelerator", "fast"},
                                          {"vcpus", "0"},
                                          {"vcpu_cpus", "1,x"},
                                          {"memory_mib", "64"},
                                          {"huge_pages", "yes"},
                                          {"start", "warm"},
                                          {"scratch", "tape"},
                                          {"disk_mib", "1"},
                                          {"disk_cache", "unsafe"},
                                          {"disk_aio", "magic"},
                                          {"network", "carrier-pigeon"},
                                          {"initramfs", "xz"}}) {
    try {
      read_kvm_settings(target_with({{option, value}}));
      ADD_FAILURE() << option;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(option));
      EXPECT_THAT(error.what(), HasSubstr(value));
    }
  }
  EXPECT_THROW(read_kvm_settings(target_with({{"vcpus", "2"}, {"vcpu_cpus", "1"}})), UsageError);
  EXPECT_THROW(
      read_kvm_settings(target_with({{"disk_aio", "native"}, {"disk_cache", "writeback"}})),
      UsageError);
  EXPECT_THROW(read_kvm_settings(target_with({{"network", "tap"}, {"start", "snapshot"}})),
               UsageError);
  EXPECT_THROW(read_kvm_settings(target_with({{"root_disk", "/d.raw"}, {"start", "snapshot"}})),
               UsageError);
}

TEST(KvmSettings, NetworksHaveNames) {
  using Kind = GuestNetwork::Kind;
  for (const auto& [name, kind] : std::map<std::string, Kind>{
           {"user", Kind::kUser}, {"passt", Kind::kSocket}, {"tap", Kind::kTap}}) {
    EXPECT_EQ(read_kvm_settings(target_with({{"network", name}})).network, kind) << name;
  }
}

}  // namespace
}  // namespace strata::drivers
