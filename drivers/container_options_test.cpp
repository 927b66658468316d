#include "drivers/container_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Target with(const std::string& option, const std::string& value) {
  return {"limited", "docker", {{option, value}}, {}};
}

TEST(ContainerOptionsTest, SizesHaveUnits) {
  EXPECT_EQ(parse_size("65536", "try").count, 65536U);
  EXPECT_EQ(parse_size("512 B", "try").count, 512U);
  EXPECT_EQ(parse_size("4KiB", "try"), kibibytes(4));
  EXPECT_EQ(parse_size("256 MiB", "try"), mebibytes(256));
  EXPECT_EQ(parse_size("2 GiB", "try"), mebibytes(2048));
}

TEST(ContainerOptionsTest, WhatIsNoSizeIsRefused) {
  for (const auto* const text : {"", "0", "-1", "MiB", "1 MB", "1.5 GiB", "9223372036854775808",
                                 "8589934592 GiB", "1 MiB 2", "0x10"}) {
    EXPECT_THROW(parse_size(text, "try"), UsageError) << text;
  }
  EXPECT_EQ(parse_size("9223372036854775807", "try").count, 9223372036854775807U);
  EXPECT_EQ(parse_size("8589934591 GiB", "try").count, 8589934591ULL << 30U);
}

TEST(ContainerOptionsTest, SetsOfCpusAreListsOfRanges) {
  EXPECT_THAT(parse_cpu_set("0", "try"), ElementsAre(0));
  EXPECT_THAT(parse_cpu_set("3,0-1,1", "try"), ElementsAre(0, 1, 3));
  for (const auto* const text : {"", ",", "1,", "2-1", "a", "1-", "-1", "0-99999", "1 2"}) {
    EXPECT_THROW(parse_cpu_set(text, "try"), UsageError) << text;
  }
}

TEST(ContainerOptionsTest, LimitsAreReadFromATarget) {
  const auto limits = limits_of(
      {"t", "docker", {{"cpus", "0.5"}, {"cpuset", "1"}, {"memory", "1 MiB"}, {"pids", "7"}}, {}});
  EXPECT_EQ(limits.cpus, 0.5);
  EXPECT_THAT(limits.cpu_set, ElementsAre(1));
  EXPECT_EQ(limits.memory, mebibytes(1));
  EXPECT_EQ(limits.processes, 7U);
  const auto none = limits_of({"t", "docker", {{"cpus", ""}, {"memory", ""}}, {}});
  EXPECT_FALSE(none.cpus || none.memory || none.processes || !none.cpu_set.empty());
}

TEST(ContainerOptionsTest, ErrorsNameTargetOptionAndValue) {
  for (const auto& target :
       {with("cpus", "0"), with("cpus", "many"), with("cpus", "inf"), with("cpus", "-1"),
        with("pids", "0"), with("pids", "1.5"), with("memory", "much"), with("cpuset", "all")}) {
    const auto& [option, value] = *target.options.begin();
    try {
      limits_of(target);
      FAIL() << option << " = " << value;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.failure().tried, HasSubstr("option " + option + " of target \"limited\""));
      EXPECT_THAT(error.failure().said, HasSubstr(value));
      EXPECT_NE(error.failure().do_next, "");
    }
  }
}

TEST(ContainerOptionsTest, WhatACallAsksForWinsOverTheTarget) {
  Limits call;
  call.cpus = 1;
  Limits target;
  target.cpus = 2;
  target.memory = mebibytes(1);
  target.cpu_set = {0};
  target.processes = 3;
  const auto both = merged(call, target);
  EXPECT_EQ(both.cpus, 1);
  EXPECT_EQ(both.memory, mebibytes(1));
  EXPECT_THAT(both.cpu_set, ElementsAre(0));
  EXPECT_EQ(both.processes, 3U);
}

TEST(ContainerOptionsTest, SecurityHasThreeLevelsAndAFilterThatCanBeOff) {
  const auto target = [](const std::string& security, const std::string& seccomp) {
    return Target{"t", "docker", {{"security", security}, {"seccomp", seccomp}}, {}};
  };
  EXPECT_NO_THROW(require_security_options(target("hardened", "off")));
  EXPECT_THROW(require_security_options(target("hardend", "off")), UsageError);
  EXPECT_THROW(require_security_options(target("default", "on")), UsageError);
}

}  // namespace
}  // namespace strata::drivers
