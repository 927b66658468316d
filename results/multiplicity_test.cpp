#include "results/multiplicity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace strata::results {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pointwise;
using Values = std::vector<double>;

/// Benjamini and Hochberg (1995), section 3.2: thrombolysis in myocardial infarction, 15
/// hypotheses. At 0.05 their procedure rejects the first four, Bonferroni's and Holm's the first
/// three.
const Values kInfarction{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                         0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};

std::size_t significant(const Values& adjusted) {
  return static_cast<std::size_t>(
      std::count_if(adjusted.begin(), adjusted.end(), [](double p) { return p <= 0.05; }));
}

TEST(Multiplicity, FindsWhatThePublishedExampleFinds) {
  EXPECT_EQ(significant(benjamini_hochberg_adjusted(kInfarction)), 4U);
  EXPECT_EQ(significant(holm_adjusted(kInfarction)), 3U);
  // 15/4 x 0.0095, and 12 x 0.0095.
  EXPECT_NEAR(benjamini_hochberg_adjusted(kInfarction)[3], 0.035625, 1e-12);
  EXPECT_NEAR(holm_adjusted(kInfarction)[3], 0.114, 1e-12);
}

TEST(Multiplicity, KeepsTheOrderTheyCameIn) {
  // Worked by hand after Holm (1979): 4 x 0.005, 3 x 0.01, 2 x 0.03, then no less than that.
  EXPECT_THAT(holm_adjusted(Values{0.01, 0.04, 0.03, 0.005}),
              Pointwise(DoubleNear(1e-12), {0.03, 0.06, 0.06, 0.02}));
  EXPECT_THAT(benjamini_hochberg_adjusted(Values{0.01, 0.04, 0.03, 0.005}),
              Pointwise(DoubleNear(1e-12), {0.02, 0.04, 0.04, 0.02}));
}

TEST(Multiplicity, LeavesOneAloneAndNothingEmpty) {
  EXPECT_THAT(holm_adjusted(Values{0.2}), ElementsAre(0.2));
  EXPECT_THAT(benjamini_hochberg_adjusted(Values{0.2}), ElementsAre(0.2));
  EXPECT_THAT(holm_adjusted({}), IsEmpty());
  EXPECT_THAT(benjamini_hochberg_adjusted({}), IsEmpty());
}

TEST(Multiplicity, NeverGoesBelowThePValueNorAboveOneAndHolmIsTheStricter) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int round = 0; round < 200; ++round) {
    Values p(1 + random() % 40);
    for (auto& value : p) value = uniform(random) * uniform(random);
    const auto holm = holm_adjusted(p);
    const auto fdr = benjamini_hochberg_adjusted(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_LE(p[i], fdr[i]);
      EXPECT_LE(fdr[i], holm[i] * (1 + 1e-12));
      EXPECT_LE(holm[i], 1);
    }
  }
}

}  // namespace
}  // namespace strata::results
