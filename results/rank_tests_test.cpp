#include "results/rank_tests.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "results/rank_distributions.h"

namespace strata::results {
namespace {

using Values = std::vector<double>;

/// Critical values of the Mann-Whitney U, two-sided 5 %, as in every textbook, after Milton, An
/// Extended Table of Critical Values for the Mann-Whitney (Wilcoxon) Two-Sample Statistic, Journal
/// of the American Statistical Association 59 (1964). The depth is one more.
TEST(RankSumDepth, AgreesWithThePublishedTable) {
  struct Row {
    std::size_t m;
    std::size_t n;
    std::size_t critical;
  };
  for (const auto& row : {Row{4, 4, 0},
                          {3, 5, 0},
                          {5, 5, 2},
                          {6, 6, 5},
                          {7, 7, 8},
                          {8, 8, 13},
                          {9, 9, 17},
                          {10, 10, 23},
                          {5, 10, 8},
                          {8, 15, 29},
                          {12, 12, 37},
                          {10, 20, 55},
                          {15, 15, 64},
                          {20, 20, 127}}) {
    EXPECT_EQ(rank_sum_depth(row.m, row.n, 0.025), row.critical + 1) << row.m << ' ' << row.n;
    EXPECT_EQ(rank_sum_depth(row.n, row.m, 0.025), row.critical + 1) << row.m << ' ' << row.n;
  }
}

TEST(RankSumDepth, IsZeroWhereNoIntervalIsWideEnough) {
  EXPECT_EQ(rank_sum_depth(3, 3, 0.025), 0U);
  EXPECT_EQ(rank_sum_depth(1, 38, 0.025), 0U);
  EXPECT_EQ(rank_sum_depth(1, 40, 0.025), 1U);
  EXPECT_EQ(rank_sum_depth(0, 10, 0.025), 0U);
  EXPECT_EQ(rank_sum_probability(0, 10, 0), 1);
}

/// The whole distribution by going through every choice of m among m + n places.
std::vector<double> by_counting(std::size_t m, std::size_t n) {
  std::vector<double> count(m * n + 1, 0);
  double all = 0;
  for (std::uint32_t picks = 0; picks < 1U << (m + n); ++picks) {
    std::size_t first = 0;
    std::size_t u = 0;
    std::size_t second = 0;
    for (std::size_t i = 0; i < m + n; ++i) {
      if ((picks >> i & 1U) != 0) {
        ++first;
        u += second;
      } else {
        ++second;
      }
    }
    if (first != m) continue;
    ++count[u];
    ++all;
  }
  for (auto& one : count) one /= all;
  return count;
}

TEST(RankSumProbability, AgreesWithCountingEveryOrder) {
  for (std::size_t m = 1; m <= 6; ++m) {
    for (std::size_t n = 1; n <= 7; ++n) {
      const auto probability = by_counting(m, n);
      double sum = 0;
      for (std::size_t u = 0; u <= m * n; ++u) {
        sum += probability[u];
        EXPECT_NEAR(rank_sum_probability(m, n, u), sum, 1e-12) << m << ' ' << n << ' ' << u;
      }
    }
  }
}

TEST(RankSumProbability, GoesOverIntoTheApproximationSmoothly) {
  // 100 x 100 is counted out, 100 x 101 is not; so for rows of tails in between.
  for (const double tail : {0.0001, 0.005, 0.025, 0.25}) {
    const auto exact = static_cast<double>(rank_sum_depth(100, 100, tail));
    const auto next = static_cast<double>(rank_sum_depth(100, 101, tail));
    const auto mean = [](double m, double n) { return m * n / 2; };
    const auto deviation = [](double m, double n) { return std::sqrt(m * n * (m + n + 1) / 12); };
    EXPECT_NEAR((exact - mean(100, 100)) / deviation(100, 100),
                (next - mean(100, 101)) / deviation(100, 101), 0.004)
        << tail;
    EXPECT_NEAR(rank_sum_probability(100, 101, static_cast<std::uint64_t>(next) - 1), tail,
                tail * 0.02)
        << tail;
  }
}

TEST(SignedRankProbability, IsOneLessTheOtherTail) {
  for (const std::size_t n : {1U, 2U, 7U, 20U}) {
    const std::uint64_t most = n * (n + 1) / 2;
    for (std::uint64_t t = 0; t < most; ++t) {
      EXPECT_NEAR(signed_rank_probability(n, t) + signed_rank_probability(n, most - t - 1), 1,
                  1e-12);
    }
    EXPECT_EQ(signed_rank_probability(n, most), 1);
  }
  EXPECT_NEAR(signed_rank_probability(300, 18'000), signed_rank_probability(301, 18'127), 0.002);
}

/// Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 3rd ed., chapter 4, as R's
/// example(wilcox.test) has it: permeability of the human chorioamnion at term and at 12 to 26
/// weeks. There W = 35, p = 0.1272 one-sided; estimate 0.305, and the 96 % interval (-0.15, 0.76).
const Values kTerm{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const Values kEarly{1.15, 0.88, 0.90, 0.74, 1.21};

TEST(RankSum, GivesThePublishedResult) {
  EXPECT_NEAR(rank_sum_p_value(kTerm, kEarly), 2 * 0.1272, 0.0001);
  const auto shift = hodges_lehmann_shift(kTerm, kEarly, 0.96);
  EXPECT_NEAR(shift.value, 0.305, 1e-12);
  ASSERT_TRUE(shift.interval);
  EXPECT_NEAR(shift.interval->low, -0.15, 1e-12);
  EXPECT_NEAR(shift.interval->high, 0.76, 1e-12);
  EXPECT_EQ(shift.count, 5U);
}

/// The same book, chapter 3, as R's example has it: depression scale, V = 40, p = 0.01953
/// one-sided, of nine patients.
TEST(SignedRank, GivesThePublishedResult) {
  const Values before{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const Values after{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  Values differences;
  for (std::size_t i = 0; i < before.size(); ++i) differences.push_back(after[i] - before[i]);
  EXPECT_NEAR(signed_rank_p_value(differences), 2 * 0.01953, 0.00001);
}

Values noise(std::mt19937_64& random, std::size_t count, double shift, bool coarse) {
  std::normal_distribution<double> normal(shift, 1);
  Values values(count);
  for (auto& value : values) value = coarse ? std::round(normal(random)) : normal(random);
  return values;
}

TEST(RankSum, FindsEveryDifferenceByItsRank) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 100; ++round) {
    const auto a = noise(random, 1 + random() % 12, 0.5, round % 2 == 0);
    const auto b = noise(random, 1 + random() % 12, 0, round % 2 == 0);
    Values all;
    for (const double x : a) {
      for (const double y : b) all.push_back(x - y);
    }
    std::sort(all.begin(), all.end());
    const auto shift = hodges_lehmann_shift(a, b, 0.8);
    EXPECT_EQ(shift.value, std::midpoint(all[(all.size() - 1) / 2], all[all.size() / 2]));
    const auto depth = rank_sum_depth(a.size(), b.size(), (1 - 0.8) / 2);
    ASSERT_EQ(shift.interval.has_value(), depth > 0);
    if (depth == 0) continue;
    EXPECT_EQ(shift.interval->low, all[depth - 1]);
    EXPECT_EQ(shift.interval->high, all[all.size() - depth]);
  }
}

/// A p-value at most alpha and an interval that leaves the centre out are the same finding.
TEST(RankTests, AgreeWithTheirIntervals) {
  std::mt19937_64 random(6);
  int found = 0;
  for (int round = 0; round < 400; ++round) {
    const bool coarse = round % 2 == 0;
    const auto a = noise(random, 4 + random() % 20, 0.8, coarse);
    const auto b = noise(random, 4 + random() % 20, 0, coarse);
    for (const double alpha : {0.05, 0.11, 0.3}) {
      const auto excludes = [](const Estimate& estimate) {
        return estimate.interval && (estimate.interval->low > 0 || estimate.interval->high < 0);
      };
      EXPECT_EQ(rank_sum_p_value(a, b) <= alpha, excludes(hodges_lehmann_shift(a, b, 1 - alpha)));
      EXPECT_EQ(signed_rank_p_value(a) <= alpha, excludes(hodges_lehmann(a, 1 - alpha)));
      found += rank_sum_p_value(a, b) <= alpha ? 1 : 0;
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_LT(found, 1100);
}

TEST(RankTests, OfNothingFindNothing) {
  EXPECT_EQ(signed_rank_p_value({}), 1);
  EXPECT_EQ(rank_sum_p_value({}, Values{1, 2}), 1);
  EXPECT_EQ(hodges_lehmann_shift({}, Values{1, 2}).count, 0U);
  EXPECT_EQ(signed_rank_p_value(Values(20, 0.0)), 1);
  EXPECT_EQ(rank_sum_p_value(Values(20, 3.0), Values(20, 3.0)), 1);
}

TEST(RankSum, FindsRanksAmongManyEqualDifferencesAndFarOnes) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 40; ++round) {
    Values a(60);
    Values b(50);
    for (auto& value : a) value = static_cast<double>(random() % 3) * std::pow(10.0, round % 20);
    for (auto& value : b) value = static_cast<double>(random() % 4);
    a[0] = 1e300;
    b[0] = -1e-300;
    Values all;
    for (const double x : a) {
      for (const double y : b) all.push_back(x - y);
    }
    std::sort(all.begin(), all.end());
    const auto shift = hodges_lehmann_shift(a, b);
    const auto depth = rank_sum_depth(a.size(), b.size(), (1 - 0.95) / 2);
    EXPECT_EQ(shift.value, std::midpoint(all[(all.size() - 1) / 2], all[all.size() / 2]));
    EXPECT_EQ(shift.interval->low, all[depth - 1]);
    EXPECT_EQ(shift.interval->high, all[all.size() - depth]);
  }
}

TEST(RankTests, TakeAMillionPairsOfDifferences) {
  std::mt19937_64 random(7);
  const auto a = noise(random, 20'000, 0.1, false);
  const auto b = noise(random, 20'000, 0, false);
  const auto shift = hodges_lehmann_shift(a, b);
  EXPECT_NEAR(shift.value, 0.1, 0.04);
  EXPECT_NEAR(shift.interval->high - shift.interval->low, 2 * 1.96 * std::sqrt(M_PI / 3) / 100,
              0.004);
  EXPECT_LT(rank_sum_p_value(a, b), 1e-6);
}

}  // namespace
}  // namespace strata::results
