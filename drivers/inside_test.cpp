#include "drivers/inside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kVersion1 =
    R"({"scratch":"/strata/scratch","mount":"36 35 98:0 / / rw,noatime shared:1 master:2 - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d,xino=off","cpus":"0,3","memory_total":8589934592,"seccomp":"2","no_new_privileges":"1","capabilities":"00000000a80425fb","cpu.cfs_quota_us":"50000","cpu.cfs_period_us":"100000","memory.limit_in_bytes":"67108864","pids.max":"20"})";

TEST(InsideTest, EveryThingThatCanBeSeenIsRead) {
  const auto inside = parse_inside(kVersion1);
  EXPECT_EQ(inside.file_system, "overlay");
  EXPECT_EQ(inside.device, "overlay");
  EXPECT_EQ(inside.mount_options, "rw,noatime;rw,xino=off");
  EXPECT_THAT(inside.cpu_set, ElementsAre(0, 3));
  EXPECT_EQ(inside.cpus, 0.5);
  EXPECT_EQ(inside.memory, mebibytes(64));
  EXPECT_EQ(inside.processes, 20U);
  EXPECT_EQ(inside.memory_total, mebibytes(8192));
  EXPECT_EQ(inside.seccomp, "filter");
  EXPECT_EQ(inside.no_new_privileges, "true");
  EXPECT_EQ(inside.capabilities, "00000000a80425fb");
}

TEST(InsideTest, VersionTwoOfCgroupsSaysTheSame) {
  const auto inside = parse_inside(
      R"({"cpu.max":"25000 50000","memory.max":"67108864","pids.max":"max","seccomp":"0"})");
  EXPECT_EQ(inside.cpus, 0.5);
  EXPECT_EQ(inside.memory, mebibytes(64));
  EXPECT_EQ(inside.processes, std::nullopt);
  EXPECT_EQ(inside.seccomp, "off");
}

TEST(InsideTest, WhatIsNoLimitIsNone) {
  EXPECT_EQ(parse_inside(R"({"cpu.max":"max 100000"})").cpus, std::nullopt);
  EXPECT_EQ(parse_inside(R"({"cpu.cfs_quota_us":"-1","cpu.cfs_period_us":"100000"})").cpus,
            std::nullopt);
  EXPECT_EQ(parse_inside(R"({"memory.max":"max"})").memory, std::nullopt);
  EXPECT_EQ(parse_inside(R"({"memory.limit_in_bytes":"9223372036854771712"})").memory,
            std::nullopt);
}

TEST(InsideTest, RubbishIsNothing) {
  for (const auto* const text :
       {"", "{", "[]", "7", R"({"mount":7,"cpus":{},"memory_total":-1,"cpu.max":"7"})",
        R"({"mount":"1 2 3 4 5 6 7 - ext4","cpus":"a,,-1","pids.max":"-7","seccomp":"9"})"}) {
    const auto inside = parse_inside(text);
    EXPECT_THAT(facts_of(inside), IsEmpty()) << text;
  }
}

TEST(InsideTest, FactsAreWhatWasSeen) {
  const auto facts = facts_of(parse_inside(kVersion1));
  EXPECT_THAT(facts, ::testing::Contains(Pair("scratch.file_system", "overlay")));
  EXPECT_THAT(facts, ::testing::Contains(Pair("inside.cpu_set", "0,3")));
  EXPECT_THAT(facts, ::testing::Contains(Pair("inside.memory", "67108864 B")));
}

TEST(InsideTest, ALimitThatIsNotKeptIsAnError) {
  const auto inside = parse_inside(kVersion1);
  Limits kept;
  kept.cpus = 0.5;
  kept.cpu_set = {3, 0};
  kept.memory = mebibytes(64);
  kept.processes = 20;
  EXPECT_NO_THROW(require_limits(inside, kept, "try"));
  EXPECT_NO_THROW(require_limits(inside, {}, "try"));
  EXPECT_NO_THROW(require_limits({}, kept, "try"));  // nothing can be seen

  const auto said = [&](const Limits& limits) -> std::string {
    try {
      require_limits(inside, limits, "try");
    } catch (const Error& error) {
      return error.failure().said;
    }
    return "nothing";
  };
  Limits other = kept;
  other.cpus = 1;
  EXPECT_THAT(said(other), HasSubstr("CPU time inside is 0.5, though 1"));
  other = kept;
  other.cpu_set = {0};
  EXPECT_THAT(said(other), HasSubstr("the CPU set inside is 0,3, though 0"));
  other = kept;
  other.memory = mebibytes(65);
  EXPECT_THAT(said(other), HasSubstr("memory inside is 67108864 B"));
  other = kept;
  other.processes = 21;
  EXPECT_THAT(said(other), HasSubstr("the number of processes inside is 20, though 21"));
}

}  // namespace
}  // namespace strata::drivers
