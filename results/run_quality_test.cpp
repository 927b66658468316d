#include "results/run_quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "results/vocabulary/disturbance_metrics.h"

namespace strata::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A cell whose values follow each other by `correlation` and go down by `drift` in all.
CellOverBlocks cell(double correlation, double drift, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 0.01);
  CellOverBlocks result{"work@docker", {}, {}};
  double last = 0;
  for (int block = 0; block < 60; ++block) {
    last = correlation * last + normal(random);
    result.differences.push_back(last);
    result.costs.push_back(normal(random) - drift * block / 60);
  }
  return result;
}

// R: acf(c(1, 2, 3, 4, 5), plot = FALSE)$acf[2] is 0.4; of c(1, -1, 1, -1) it is -0.75.
TEST(LagOne, IsAsRHasIt) {
  EXPECT_NEAR(lag_one_correlation(std::vector<double>{1, 2, 3, 4, 5}), 0.4, 1e-12);
  EXPECT_NEAR(lag_one_correlation(std::vector<double>{1, -1, 1, -1}), -0.75, 1e-12);
  EXPECT_EQ(lag_one_correlation(std::vector<double>{1, 1, 1}), 0);
  EXPECT_EQ(lag_one_correlation(std::vector<double>{1, 2}), 0);
}

TEST(Doubts, NameCellsWhoseBlocksFollowEachOtherOrDrift) {
  EXPECT_THAT(doubts_about({cell(0.8, 0, 1)}), ElementsAre(HasSubstr("not independent")));
  EXPECT_THAT(doubts_about({cell(0, 0.1, 2)}), ElementsAre(HasSubstr("warming up or drifting")));
}

TEST(Doubts, AreRareAboutSoundCells) {
  std::size_t doubts = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    doubts += doubts_about({cell(0, 0, 1000 + seed), cell(0, 0, 2000 + seed)}).size();
  }
  EXPECT_LE(doubts, 6U);  // 400 tests, 1 % over the two cells of each hundred
  EXPECT_THAT(doubts_about({}), IsEmpty());
  EXPECT_THAT(doubts_about({{"few", {1, 2}, {1, 2}}}), IsEmpty());
}

TEST(DisturbedTrials, AreCounted) {
  Measurements measurements;
  for (std::uint32_t block = 0; block < 4; ++block) {
    Trial trial;
    trial.workload = "work";
    trial.target = "process";
    trial.block = block;
    trial.metrics = {{std::string(kDisturbedMetric), block == 1 ? 2.0 : 0.0, "", Better::kLower}};
    measurements.add(trial);
  }
  EXPECT_THAT(disturbed_trials(measurements), HasSubstr("1 of 4 trials"));
  EXPECT_EQ(disturbed_trials(Measurements()), "");
}

}  // namespace
}  // namespace strata::results
