#include "bench/experiments/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::size_t count_between(const Arrivals& arrivals, Duration from, Duration to) {
  return static_cast<std::size_t>(std::count_if(
      arrivals.begin(), arrivals.end(), [&](Duration at) { return at >= from && at < to; }));
}

TEST(PoissonArrivals, HaveTheRateAndTheScatterOfOne) {
  const auto arrivals = poisson_arrivals(100, 1000s, 7);
  // Of 100,000 expected the standard deviation is 316.
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 100'000, 4 * 316);
  EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
  EXPECT_LT(arrivals.back(), 1000s);
  // Counts per second: their variance is their mean.
  double mean = 0;
  double square = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto count = static_cast<double>(count_between(arrivals, i * 1s, (i + 1) * 1s));
    mean += count / 1000;
    square += count * count / 1000;
  }
  EXPECT_NEAR((square - mean * mean) / mean, 1, 0.2);
}

TEST(PoissonArrivals, AreThoseOfTheirSeed) {
  EXPECT_EQ(poisson_arrivals(50, 2s, 1), poisson_arrivals(50, 2s, 1));
  EXPECT_NE(poisson_arrivals(50, 2s, 1), poisson_arrivals(50, 2s, 2));
  EXPECT_TRUE(poisson_arrivals(50, 0s, 1).empty());
}

TEST(StepArrivals, ComeTenTimesAsOftenInTheSecondHalf) {
  const auto arrivals = step_arrivals(1000, 20s, 3);
  EXPECT_NEAR(static_cast<double>(count_between(arrivals, 0s, 10s)), 1000, 130);
  EXPECT_NEAR(static_cast<double>(count_between(arrivals, 10s, 20s)), 10'000, 400);
}

TEST(OnOffArrivals, ComeInBursts) {
  const auto arrivals = on_off_arrivals(500, 10s, 2s, 3);
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 5000, 300);
  for (int i = 0; i < 5; ++i) {
    EXPECT_GT(count_between(arrivals, i * 2s, i * 2s + 1s), 800U);
    EXPECT_EQ(count_between(arrivals, i * 2s + 1s, (i + 1) * 2s), 0U);
  }
}

TEST(TraceArrivals, AreTheFirstColumn) {
  EXPECT_THAT(trace_arrivals("start,duration\n10.5,3\n10.5;x\r\n\n 11 \n12.25,\n", "x.csv", 10s),
              ElementsAre(0s, 0s, 500ms, 1750ms));
  EXPECT_THAT(trace_arrivals("-1\n0\n5", "x.csv", 3s), ElementsAre(0s, 1s));
}

TEST(TraceArrivals, ALineThatCantBeReadIsNamed) {
  for (const auto& [csv, said] :
       {std::pair("1\nx\n", "x.csv:2"), std::pair("2\n1\n", "1 comes after 2"),
        std::pair("", "no arrivals"), std::pair("heading\n", "no arrivals"),
        std::pair("1\nnan\n", "x.csv:2"), std::pair("1\n1e300\n", "x.csv:2"),
        std::pair("1\n,2\n", "x.csv:2")}) {
    try {
      trace_arrivals(csv, "x.csv", 10s);
      FAIL() << csv;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr(said)) << csv;
    }
  }
}

}  // namespace
}  // namespace strata::bench
