#include "bench/experiments/line_fit.h"

#include <gtest/gtest.h>

#include <array>

namespace strata::bench {
namespace {

TEST(SlopeOf, IsThatOfALine) {
  const std::array<double, 4> x{1, 2, 3, 8};
  const std::array<double, 4> y{12, 14, 16, 26};
  const auto slope = slope_of(x, y);
  EXPECT_DOUBLE_EQ(slope.value, 2);
  ASSERT_TRUE(slope.interval);
  EXPECT_DOUBLE_EQ(slope.interval->low, 2);
  EXPECT_DOUBLE_EQ(slope.interval->high, 2);
  EXPECT_EQ(slope.count, 4U);
}

// R: confint(lm(c(2.1, 3.9, 6.2, 7.8, 10.1) ~ c(1, 2, 3, 4, 5))).
TEST(SlopeOf, HasTheIntervalOfStudentsT) {
  const std::array<double, 5> x{1, 2, 3, 4, 5};
  const std::array<double, 5> y{2.1, 3.9, 6.2, 7.8, 10.1};
  const auto slope = slope_of(x, y);
  EXPECT_NEAR(slope.value, 1.99, 1e-12);
  ASSERT_TRUE(slope.interval);
  // Residual sum 0.107, s = 0.188856, standard error 0.0597216, t(3) = 3.182446.
  EXPECT_NEAR(slope.interval->low, 1.79994, 1e-5);
  EXPECT_NEAR(slope.interval->high, 2.18006, 1e-5);
}

TEST(SlopeOf, HasNoneOfTwoPoints) {
  const std::array<double, 2> x{1, 3};
  const std::array<double, 2> y{5, 1};
  const auto slope = slope_of(x, y);
  EXPECT_DOUBLE_EQ(slope.value, -2);
  EXPECT_FALSE(slope.interval);
}

}  // namespace
}  // namespace strata::bench
