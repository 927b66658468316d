#include "results/history/change_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace strata::results {
namespace {

std::vector<std::size_t> places(const std::vector<ChangePoint>& points) {
  std::vector<std::size_t> result;
  for (const auto& point : points) result.push_back(point.index);
  return result;
}

std::vector<double> noise(std::size_t count, double deviation, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, deviation);
  std::vector<double> values(count);
  for (auto& value : values) value = normal(random);
  return values;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// R's sleep data (Student 1908): t.test(extra ~ group, data = sleep, var.equal = TRUE) gives
// t = -1.8608, df = 18, p-value = 0.07919, means 0.75 and 2.33.
TEST(ChangeAt, IsStudentsTestAsRHasIt) {
  const std::vector<double> sleep{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0,
                                  1.9, 0.8,  1.1,  0.1,  -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const auto point = change_at(sleep, 10);
  EXPECT_NEAR(point.before, 0.75, 1e-12);
  EXPECT_NEAR(point.after, 2.33, 1e-12);
  EXPECT_NEAR(point.p_value, 0.07919, 5e-6);
}

TEST(ChangeAt, KnowsTheEdges) {
  EXPECT_EQ(change_at(std::vector<double>{1, 1, 1, 1}, 2).p_value, 1);
  EXPECT_EQ(change_at(std::vector<double>{1, 1, 2, 2}, 2).p_value, 0);
  EXPECT_EQ(change_at(std::vector<double>{1, 2}, 1).p_value, 1);
}

// The two series with which Apache Otava (tests/analysis_test.py) tests its own detection, and the
// places it finds.
TEST(ChangePoints, AreWhereOtavaFindsThem) {
  const std::vector<double> first{1.02, 0.95, 0.99, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55};
  const std::vector<double> second{2.02, 2.03, 2.01, 2.04, 1.82, 1.85,
                                   1.79, 1.81, 1.80, 1.76, 1.78};
  EXPECT_THAT(places(find_change_points(first)), ElementsAre(6));
  EXPECT_THAT(places(find_change_points(second)), ElementsAre(4));
}

TEST(ChangePoints, AreFoundInALongSeriesOnceEach) {
  auto values = noise(1000, 0.01, 7);
  for (std::size_t i = 300; i < 700; ++i) values[i] += 0.05;
  for (std::size_t i = 700; i < 1000; ++i) values[i] += 0.15;
  const auto points = find_change_points(values);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_NEAR(static_cast<double>(points[0].index), 300, 2);
  EXPECT_NEAR(static_cast<double>(points[1].index), 700, 2);
  EXPECT_NEAR(points[0].after - points[0].before, 0.05, 0.003);
  EXPECT_LT(points[0].p_value, 1e-6);
}

TEST(ChangePoints, AreNotMadeByASingleOddNightOrAChangeTooSmall) {
  auto values = noise(200, 0.005, 8);
  for (std::size_t i = 20; i < 200; i += 30) values[i] += 0.3;
  EXPECT_THAT(find_change_points(values), IsEmpty());
  for (std::size_t i = 100; i < 200; ++i) values[i] += 0.015;
  EXPECT_THAT(find_change_points(values), IsEmpty());
}

TEST(ChangePoints, NeedThreeValuesOnEitherSide) {
  EXPECT_THAT(find_change_points({}), IsEmpty());
  EXPECT_THAT(find_change_points(std::vector<double>{1, 2}), IsEmpty());
  const std::vector<double> late{1, 1.001, 0.999, 1, 1.001, 0.999, 1, 1.001, 2, 2};
  EXPECT_THAT(find_change_points(late), IsEmpty());
  EXPECT_THAT(find_change_points(std::vector<double>(60, 1.0)), IsEmpty());
}

TEST(ChangePoints, InNoiseAreRare) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    found += find_change_points(noise(365, 0.01, 100 + seed)).size();
  }
  EXPECT_LE(found, 5U);  // 36,500 nights
}

TEST(Winsorised, HoldsASpikeAndLeavesAStep) {
  auto values = noise(40, 0.01, 9);
  values[10] = 1;
  for (std::size_t i = 20; i < 40; ++i) values[i] += 0.5;
  const auto held = winsorised(values);
  EXPECT_LT(held[10], 0.1);
  EXPECT_EQ(held[25], values[25]);
  EXPECT_GT(held[20], 0.4);
}

TEST(Winsorised, OfWhatIsOldDoesNotChange) {
  const auto values = noise(100, 0.01, 10);
  const auto longer = winsorised(values);
  const auto shorter = winsorised(std::span(values).first(80));
  for (std::size_t i = 0; i + 2 < shorter.size(); ++i) EXPECT_EQ(shorter[i], longer[i]) << i;
}

}  // namespace
}  // namespace strata::results
