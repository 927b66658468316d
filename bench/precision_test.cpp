#include "bench/precision.h"

#include <gtest/gtest.h>

#include <random>

namespace strata::bench {
namespace {

/// Blocks until the rule is content, of two targets with that much noise; 200 if it never is.
std::uint32_t blocks_until(double precision, double noise, bool docker_fails = false) {
  RunDefinition definition;
  definition.baseline = "process";
  definition.workloads = {{"work", "", 0, {}, "real_time"}};
  PrecisionRule rule(definition, precision);
  std::mt19937_64 random(9);
  std::lognormal_distribution<double> spread(0, noise);
  for (std::uint32_t block = 0; block < 200; ++block) {
    if (rule.reached()) return block;
    for (const char* const target : {"process", "docker"}) {
      Trial trial;
      trial.workload = "work";
      trial.target = target;
      trial.block = block;
      trial.metrics = {{"real_time", 100 * spread(random), "ns", Better::kLower},
                       {"other", 100 * spread(random) * spread(random), "ns", Better::kLower}};
      if (docker_fails && target[0] == 'd') trial.failure = Failure{"start it", "no", ""};
      rule.add(trial);
    }
  }
  return 200;
}

TEST(PrecisionRule, NeedsFourTimesTheBlocksForHalfTheWidth) {
  const auto coarse = blocks_until(0.01, 0.02);
  const auto fine = blocks_until(0.005, 0.02);
  EXPECT_GT(coarse, 20U);  // 1.96 x 2 % x sqrt 2 / sqrt n = 1 % at 31
  EXPECT_LT(coarse, 45U);
  EXPECT_GT(fine, 90U);
  EXPECT_LT(fine, 170U);
}

TEST(PrecisionRule, IsNeverContentWithFewBlocks) {
  EXPECT_EQ(blocks_until(0.01, 1e-9), PrecisionRule::kLeastBlocks);
}

TEST(PrecisionRule, DoesNotTakeACellThatFailsForPrecise) {
  EXPECT_EQ(blocks_until(0.01, 0.001, true), 200U);
}

}  // namespace
}  // namespace strata::bench
