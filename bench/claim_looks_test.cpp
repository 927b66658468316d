#include "bench/claim_looks.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace strata::bench {
namespace {

results::ClaimFile claims(double bound) {
  results::Claim claim;
  claim.id = "c";
  claim.metric = "real_time";
  claim.workloads = {"work"};
  claim.target = "docker";
  claim.baseline = "process";
  claim.bound = bound;
  return {"file", "", {claim}};
}

/// Blocks after which a run stops in which docker costs `ratio` times as much, give or take 2 %.
std::uint32_t blocks_until(double ratio, double bound, std::uint64_t seed = 5) {
  results::RunHeader header;
  header.baseline = "process";
  header.targets = {{"process", "process", {}, {}}, {"docker", "docker", {}, {}}};
  ClaimLooks looks({claims(bound)}, header);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> spread(0, 0.02);
  for (std::uint32_t block = 0; block < 60; ++block) {
    if (looks.reached()) return block;
    for (const char* const target : {"process", "docker"}) {
      Trial trial;
      trial.workload = "work";
      trial.target = target;
      trial.block = block;
      const auto cost = target[0] == 'd' ? ratio : 1;
      trial.metrics = {{"real_time", 100 * cost * spread(random), "ns", Better::kLower}};
      looks.add(trial);
    }
  }
  return 60;
}

TEST(ClaimLooks, StopAtTheFirstLookThatDecides) {
  EXPECT_EQ(blocks_until(1.0, 1.2), 12U);  // supported
  EXPECT_EQ(blocks_until(1.5, 1.2), 12U);  // refuted
  // 0.8 % off, 2.8 % a block: each look decides some, and nothing else ends a run.
  std::set<std::uint32_t> ends;
  for (std::uint64_t seed = 0; seed < 50; ++seed) ends.insert(blocks_until(1.19, 1.2, seed));
  EXPECT_EQ(ends, (std::set<std::uint32_t>{12, 24, 48, 60}));
}

TEST(ClaimLooks, AreRarelyWrongOnTheBound) {
  int decided = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) decided += blocks_until(1.2, 1.2, seed) < 60;
  EXPECT_LE(decided, 22);  // either side 5.1 %
}

}  // namespace
}  // namespace strata::bench
