#include "bench/experiments/ladder_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "bench/definition.h"
#include "drivers/testing/temporary_folder.h"
#include "results/journal.h"

namespace strata::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Target> targets() {
  return {{"docker", "docker", {}, {}},
          {"process", "process", {}, {}},
          {"proxy", "docker", {{"network", "bridge"}, {"ingress", "proxy"}}, {}},
          {"bridge", "docker", {{"network", "bridge"}}, {}},
          {"far", "docker", {{"seccomp", "off"}, {"scratch", "tmpfs"}}, {}},
          {"crun", "docker", {{"runtime", "crun"}}, {}}};
}

TEST(RungsOf, LeadAwayFromTheBaselineOneOptionAtATime) {
  const auto rungs = rungs_of(targets(), "docker");
  ASSERT_EQ(rungs.size(), 3U);
  EXPECT_EQ(rungs[0].target, "proxy");
  EXPECT_EQ(rungs[0].from, "bridge");
  EXPECT_EQ(rungs[0].option, "ingress: proxy");
  EXPECT_EQ(rungs[1].target, "bridge");
  EXPECT_EQ(rungs[1].from, "docker");
  EXPECT_EQ(rungs[1].option, "network: bridge");
  EXPECT_EQ(rungs[2].option, "runtime: crun");
}

TEST(RungsOf, AlsoSwitchAnOptionOff) {
  const auto rungs = rungs_of(
      {{"limited", "docker", {{"cpus", "1"}}, {}}, {"docker", "docker", {}, {}}}, "limited");
  ASSERT_EQ(rungs.size(), 1U);
  EXPECT_EQ(rungs[0].option, "cpus: none");
}

TEST(RungsOf, AreNoneOfABaselineOfAnotherDriver) {
  EXPECT_TRUE(rungs_of(targets(), "process").empty());
}

TEST(LadderTable, SaysWhatEachOptionGivesBack) {
  const drivers::testing::TemporaryFolder folder;
  RunDefinition definition;
  definition.programs.emplace_back();
  definition.workloads = {{"os/getppid", "os/getppid", 0, {}, "real_time"}};
  results::RunHeader header;
  header.definition = to_json_text(definition);
  header.baseline = "docker";
  header.targets = targets();
  auto journal = results::Journal::create(folder.path() / "run", header);
  const auto add = [&](const char* target, std::uint32_t block, double time) {
    Trial trial;
    trial.workload = "os/getppid";
    trial.target = target;
    trial.block = block;
    // What blocks have in common, and a little of its own.
    trial.metrics = {{"real_time", time * (1 + 0.1 * block) * (1 + 1e-4 * std::sin(time + block)),
                      "ns", Better::kLower}};
    journal.append(trial);
  };
  for (std::uint32_t block = 0; block < 10; ++block) {
    add("docker", block, 100);
    add("bridge", block, 100);
    add("proxy", block, 150);
    add("crun", block, 80);
  }
  const auto file = folder.path() / "result.json";
  const auto head = results::write_result(journal.path(), file);
  const auto text = ladder_table(head, file, false);
  EXPECT_THAT(text, HasSubstr("ingress: proxy   bridge  os/getppid  1.50x [1.50, 1.50]\n"));
  EXPECT_THAT(text, HasSubstr("network: bridge  docker  os/getppid  1.00x [1.00, 1.00], no"));
  EXPECT_THAT(text, HasSubstr("runtime: crun    docker  os/getppid  0.800x [0.800, 0.800]\n"));
  EXPECT_THAT(text, Not(HasSubstr("far")));
  EXPECT_THAT(ladder_table(head, file, true), HasSubstr("\033[32m0.800x"));
}

}  // namespace
}  // namespace strata::bench
