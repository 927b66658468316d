#include "workloads/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "workloads/registry.h"
#include "workloads/schedule.h"

namespace strata::workloads {
namespace {

double exact_quantile(std::vector<std::uint64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
}

TEST(HistogramTest, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), 0);
}

TEST(HistogramTest, KeepsSmallValuesExactly) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 2000; ++value) histogram.add(value);
  EXPECT_EQ(histogram.quantile(0.5), 1000);
  EXPECT_EQ(histogram.quantile(0.999), 1998);
  EXPECT_EQ(histogram.quantile(1), 2000);
  EXPECT_EQ(histogram.quantile(1e-9), 1);
}

TEST(HistogramTest, ComesWithinATenthOfAPercentOfEachValue) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    // All magnitudes alike.
    const auto value = random.next() >> (24 + random.below(40));
    Histogram histogram;
    histogram.add(value);
    const auto exact = static_cast<double>(value);
    ASSERT_LE(std::abs(histogram.quantile(0.5) - exact), exact * 0.001) << value;
  }
}

TEST(HistogramTest, ComesWithinATenthOfAPercentOfEachQuantile) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 5000; ++i) {
      values.push_back(static_cast<std::uint64_t>(std::exp(4 + 14 * random.fraction())));
      histogram.add(values.back());
    }
    for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto exact = exact_quantile(values, q);
      ASSERT_LE(std::abs(histogram.quantile(q) - exact), exact * 0.001) << seed << " " << q;
    }
    ASSERT_EQ(histogram.max(), *std::max_element(values.begin(), values.end()));
  }
}

TEST(HistogramTest, CountsWhatIsBeyondItsRangeAsItsMost) {
  Histogram histogram;
  histogram.add(~0ULL);
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.max(), ~0ULL);
  EXPECT_NEAR(histogram.quantile(0.5), 0x1p40, 0x1p40 * 0.001);
}

TEST(ScheduleTest, DoesNotDrift) {
  const Schedule schedule(Schedule::TimePoint{}, 30'000);
  EXPECT_EQ(schedule.at(0), Schedule::TimePoint{});
  EXPECT_EQ(schedule.at(30'000'000) - schedule.at(0), std::chrono::seconds(1000));
  EXPECT_EQ(schedule.at(3) - schedule.at(0), std::chrono::microseconds(100));
}

}  // namespace
}  // namespace strata::workloads
