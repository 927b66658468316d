#include "results/statistics.h"
#include "results/rank_distributions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "results/rank_distributions.h"
#include "results/walsh_averages.h"

namespace strata::results {
namespace {

using Values = std::vector<double>;

TEST(Median, IsTheMiddleValueOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(median(Values{7}), 7);
  EXPECT_EQ(median(Values{3, 1, 2}), 2);
  EXPECT_EQ(median(Values{4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median(Values{10, 1, 1, 1}), 1);
}

TEST(Median, OfTheLargestDoublesDoesNotOverflow) {
  EXPECT_EQ(median(Values{1.5e308, 1.7e308}), 1.6e308);
}

TEST(MedianInterval, NoneForTooFewValues) {
  const auto five = median_with_interval(Values{5, 1, 4, 2, 3});
  EXPECT_EQ(five.value, 3);
  EXPECT_EQ(five.count, 5U);
  EXPECT_FALSE(five.interval);
  EXPECT_EQ(median_with_interval(Values{}).count, 0U);
  EXPECT_FALSE(median_with_interval(Values{}).interval);
}

/// The ranks of the 95 % interval for the median as in Altman, Machin, Bryant, Gardner, Statistics
/// with Confidence, 2nd ed. (equally, the critical values of the sign test plus one).
TEST(MedianInterval, TakesTheRanksOfThePublishedTable) {
  struct Row {
    int n;
    int low;
  };
  for (const auto& [n, low] : {Row{6, 1},
                               {7, 1},
                               {8, 1},
                               {9, 2},
                               {10, 2},
                               {11, 2},
                               {12, 3},
                               {15, 4},
                               {17, 5},
                               {20, 6},
                               {25, 8},
                               {30, 10},
                               {40, 14},
                               {50, 18},
                               {100, 40}}) {
    Values values;
    for (int i = 1; i <= n; ++i) values.push_back(i * 7 % n == 0 ? n : i * 7 % n);
    if (n % 7 == 0) {
      values.clear();
      for (int i = n; i >= 1; --i) values.push_back(i);
    }
    const auto estimate = median_with_interval(values);
    ASSERT_TRUE(estimate.interval) << n;
    EXPECT_EQ(estimate.interval->low, low) << n;
    EXPECT_EQ(estimate.interval->high, n + 1 - low) << n;
    EXPECT_EQ(estimate.value, (n + 1) / 2.0) << n;
  }
}

TEST(MedianInterval, OfAMillionValuesFollowsTheNormalApproximation) {
  constexpr int kCount = 1'000'001;
  Values values;
  for (int i = kCount; i >= 1; --i) values.push_back(i);
  const auto estimate = median_with_interval(values);
  EXPECT_EQ(estimate.value, 500'001);
  // (n - 1.959964 sqrt(n)) / 2 = 499020.5
  EXPECT_NEAR(estimate.interval->low, 499'021, 1);
  EXPECT_EQ(estimate.interval->low + estimate.interval->high, kCount + 1);
}

TEST(MedianInterval, IsNarrowerForLessConfidence) {
  Values values;
  for (int i = 1; i <= 20; ++i) values.push_back(i);
  // Binomial(20, 1/2): P(B <= 6) = 0.0577, P(B <= 5) = 0.0207.
  EXPECT_EQ(median_with_interval(values, 0.88).interval->low, 7);
  EXPECT_EQ(median_with_interval(values, 0.89).interval->low, 6);
}

/// Critical values of the signed-rank statistic as in every textbook, after Wilcoxon and Wilcox,
/// Some Rapid Approximate Statistical Procedures (1964): the largest T with P(T+ <= T) at most the
/// tail. The depth is one more.
TEST(SignedRankDepth, AgreesWithThePublishedTable) {
  struct Row {
    std::size_t n;
    std::size_t at_025;
    std::size_t at_05;
  };
  for (const auto& row : {Row{6, 0, 2},
                          {7, 2, 3},
                          {8, 3, 5},
                          {9, 5, 8},
                          {10, 8, 10},
                          {11, 10, 13},
                          {12, 13, 17},
                          {13, 17, 21},
                          {14, 21, 25},
                          {15, 25, 30},
                          {16, 29, 35},
                          {17, 34, 41},
                          {18, 40, 47},
                          {19, 46, 53},
                          {20, 52, 60},
                          {25, 89, 100},
                          {30, 137, 151},
                          {50, 434, 466}}) {
    EXPECT_EQ(signed_rank_depth(row.n, 0.025), row.at_025 + 1) << row.n;
    EXPECT_EQ(signed_rank_depth(row.n, 0.05), row.at_05 + 1) << row.n;
  }
}

TEST(SignedRankDepth, IsZeroWhereNoIntervalIsWideEnough) {
  for (std::size_t n = 0; n <= 5; ++n) EXPECT_EQ(signed_rank_depth(n, 0.025), 0U) << n;
  EXPECT_EQ(signed_rank_depth(4, 0.05), 0U);
  EXPECT_EQ(signed_rank_depth(5, 0.05), 1U);
}

/// The same distribution by counting subsets of the ranks, in whole numbers.
std::size_t depth_by_counting(std::size_t n, double tail) {
  std::size_t depth = 0;
  std::vector<std::uint64_t> subsets(n * (n + 1) / 2 + 1, 0);
  for (std::uint64_t picks = 0; picks < 1ULL << n; ++picks) {
    std::size_t sum = 0;
    for (std::size_t rank = 1; rank <= n; ++rank) sum += (picks >> (rank - 1) & 1U) * rank;
    ++subsets[sum];
  }
  std::uint64_t below = 0;
  for (; depth < subsets.size(); ++depth) {
    below += subsets[depth];
    if (static_cast<double>(below) > tail * static_cast<double>(1ULL << n)) break;
  }
  return depth;
}

TEST(SignedRankDepth, AgreesWithCountingEverySubset) {
  for (std::size_t n = 1; n <= 14; ++n) {
    for (const double tail : {0.005, 0.01, 0.025, 0.05, 0.1, 0.25}) {
      EXPECT_EQ(signed_rank_depth(n, tail), depth_by_counting(n, tail)) << n << ' ' << tail;
    }
  }
}

/// The same distribution, all of it, without halving on the way.
std::vector<long double> subsets_of_ranks(std::size_t n) {
  std::vector<long double> count(n * (n + 1) / 2 + 1, 0);
  count[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t sum = count.size() - 1; sum >= rank; --sum) count[sum] += count[sum - rank];
  }
  return count;
}

TEST(SignedRankDepth, IsRightOnBothSidesOfWhereTheApproximationBegins) {
  for (const std::size_t n : {100U, 299U, 300U, 301U, 302U, 450U}) {
    const auto count = subsets_of_ranks(n);
    for (const double tail : {0.005, 0.025, 0.05, 0.25}) {
      const long double most = tail * std::pow(2.0L, static_cast<long double>(n));
      std::size_t depth = 0;
      long double below = count[0];
      while (below <= most) below += count[++depth];
      EXPECT_EQ(signed_rank_depth(n, tail), depth) << n << ' ' << tail;
    }
  }
}

/// Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 3rd ed., chapter 3: Hamilton
/// depression scale factor IV of nine patients at a first and a second visit.
const Values kBefore{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
const Values kAfter{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

Values differences(const Values& a, const Values& b) {
  Values result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] - b[i]);
  return result;
}

TEST(HodgesLehmann, AgreesWithThePublishedDepressionExample) {
  const auto estimate = hodges_lehmann(differences(kAfter, kBefore), 0.95);
  EXPECT_EQ(estimate.count, 9U);
  EXPECT_NEAR(estimate.value, -0.46, 1e-12);
  ASSERT_TRUE(estimate.interval);
  // The book's interval of 96.1 %, the narrowest of at least 95 %.
  EXPECT_NEAR(estimate.interval->low, -0.786, 1e-12);
  EXPECT_NEAR(estimate.interval->high, -0.010, 1e-12);
}

TEST(HodgesLehmann, WorkedByHand) {
  // Walsh averages of 1, 2, 6: 1, 1.5, 2, 3.5, 4, 6.
  const auto estimate = hodges_lehmann(Values{6, 1, 2});
  EXPECT_EQ(estimate.value, (2 + 3.5) / 2);
  EXPECT_FALSE(estimate.interval);
  EXPECT_EQ(hodges_lehmann(Values{5}).value, 5);
  EXPECT_EQ(hodges_lehmann(Values{}).count, 0U);
  EXPECT_FALSE(hodges_lehmann(Values{}).interval);
}

TEST(HodgesLehmann, SixValuesGiveTheWidestInterval) {
  const auto estimate = hodges_lehmann(Values{3, 1, 4, 1.5, 9, 2});
  ASSERT_TRUE(estimate.interval);
  EXPECT_EQ(estimate.interval->low, 1);
  EXPECT_EQ(estimate.interval->high, 9);
}

TEST(HodgesLehmann, OfEqualValuesIsThatValue) {
  for (const std::size_t n : {6U, 60U, 1000U}) {
    const auto estimate = hodges_lehmann(Values(n, 0.25));
    EXPECT_EQ(estimate.value, 0.25);
    EXPECT_EQ(estimate.interval->low, 0.25);
    EXPECT_EQ(estimate.interval->high, 0.25);
  }
}

/// Random numbers that are the same with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53; }
  /// Both tails exponential, symmetric about 0.
  double laplace() {
    const double u = uniform() - 0.5;
    return u < 0 ? std::log1p(2 * u) : -std::log1p(-2 * u);
  }
  std::size_t below(std::size_t n) { return engine_() % n; }

 private:
  std::mt19937_64 engine_;
};

Values all_walsh_averages(const Values& values) {
  Values averages;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) averages.push_back((values[i] + values[j]) / 2);
  }
  std::sort(averages.begin(), averages.end());
  return averages;
}

/// Values of many shapes: smooth, few different ones, wildly different magnitudes, two clusters.
Values draw(Random& random, std::size_t n, std::size_t shape) {
  Values values;
  for (std::size_t i = 0; i < n; ++i) {
    double value = random.laplace();
    if (shape == 1) value = std::round(value * 4) / 4;
    if (shape == 2) value = std::ldexp(value, static_cast<int>(random.below(1800)) - 900);
    if (shape == 3) value = (random.below(4) == 0 ? 1000 : 0) + value * 1e-9;
    if (shape == 4) value = random.below(2) == 0 ? 0.0 : -0.0;
    if (shape == 5) value = random.below(n) == 0 ? 1 : 0;
    values.push_back(value);
  }
  return values;
}
constexpr std::size_t kShapes = 6;

TEST(WalshOrderStatistics, EveryRankAgreesWithWritingThemAllDown) {
  Random random(20260301);
  for (std::size_t n = 1; n <= 60; ++n) {
    for (std::size_t shape = 0; shape < kShapes; ++shape) {
      auto values = draw(random, n, shape);
      const auto expected = all_walsh_averages(values);
      std::sort(values.begin(), values.end());
      std::vector<std::uint64_t> ranks;
      for (std::uint64_t rank = 1; rank <= triangular(n); ++rank) ranks.push_back(rank);
      ASSERT_EQ(walsh_order_statistics(values, ranks), expected) << n << " shape " << shape;
    }
  }
}

TEST(WalshOrderStatistics, AgreesForSizesAtWhichItHasToSearch) {
  Random random(7);
  for (const std::size_t n : {130U, 301U, 1001U}) {
    for (std::size_t shape = 0; shape < kShapes; ++shape) {
      auto values = draw(random, n, shape);
      const auto expected = all_walsh_averages(values);
      std::sort(values.begin(), values.end());
      std::vector<std::uint64_t> ranks{1, 2, triangular(n) - 1, triangular(n)};
      for (int i = 0; i < 40; ++i) ranks.push_back(1 + random.below(triangular(n)));
      const auto found = walsh_order_statistics(values, ranks);
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        ASSERT_EQ(found[i], expected[ranks[i] - 1]) << n << " shape " << shape << " #" << ranks[i];
      }
    }
  }
}

TEST(HodgesLehmann, AgreesWithWritingAllAveragesDown) {
  Random random(11);
  for (int round = 0; round < 400; ++round) {
    const auto n = 1 + random.below(60);
    const auto values = draw(random, n, random.below(kShapes));
    const auto averages = all_walsh_averages(values);
    const auto estimate = hodges_lehmann(values);
    EXPECT_EQ(estimate.value, median(averages));
    const auto depth = signed_rank_depth(n, 0.025);
    ASSERT_EQ(estimate.interval.has_value(), n >= 6);
    if (n < 6) continue;
    EXPECT_EQ(estimate.interval->low, averages[depth - 1]);
    EXPECT_EQ(estimate.interval->high, averages[averages.size() - depth]);
  }
}

/// How often the interval holds the true value, over `rounds` simulated runs.
template <typename Draw, typename Interval>
double coverage(int rounds, std::size_t n, double truth, const Draw& draw_one,
                const Interval& interval_of) {
  int covered = 0;
  Values values(n);
  for (int round = 0; round < rounds; ++round) {
    std::generate(values.begin(), values.end(), draw_one);
    const auto interval = interval_of(values);
    covered += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  return static_cast<double>(covered) / rounds;
}

/// The coverage is known exactly for any symmetric continuous distribution: 1 - 2 P(T+ < depth).
TEST(HodgesLehmann, IntervalCoversAsOftenAsTheoryHasIt) {
  constexpr int kRounds = 20'000;
  constexpr double kFourDeviations = 0.0061;  // 4 sqrt(0.05 x 0.95 / 20000)
  Random random(1945);
  const auto interval = [](const Values& values) { return *hodges_lehmann(values).interval; };
  // P(T+ <= 8) = 25/1024 for n = 10, P(T+ = 0) = 1/64 for n = 6: counts of subsets of the ranks.
  EXPECT_NEAR(coverage(
                  kRounds, 10, 3, [&] { return 3 + random.laplace(); }, interval),
              1 - 2 * 25.0 / 1024, kFourDeviations);
  EXPECT_NEAR(coverage(
                  kRounds, 6, 0, [&] { return random.uniform() - 0.5; }, interval),
              1 - 2 * 1.0 / 64, kFourDeviations);
}

/// Exact for any continuous distribution: 1 - 2 P(B < depth).
TEST(MedianInterval, CoversAsOftenAsTheoryHasIt) {
  constexpr int kRounds = 20'000;
  Random random(1889);
  // n = 10 takes ranks 2 and 9: 1 - 2 x 11/1024. The exponential distribution's median is ln 2.
  const double covered = coverage(
      kRounds, 10, std::log(2), [&] { return -std::log(random.uniform()); },
      [](const Values& values) { return *median_with_interval(values).interval; });
  EXPECT_NEAR(covered, 1 - 2 * 11.0 / 1024, 0.0041);  // 4 sqrt(0.0215 x 0.9785 / 20000)
}

TEST(PairedRatio, OfAConstantFactorIsThatFactor) {
  const Values baseline{1, 2, 4, 8, 16, 32, 64};
  Values target;
  for (const double value : baseline) target.push_back(3 * value);
  const auto ratio = paired_ratio(target, baseline);
  EXPECT_NEAR(ratio.value, 3, 1e-15);
  EXPECT_NEAR(ratio.interval->low, 3, 1e-15);
  EXPECT_NEAR(ratio.interval->high, 3, 1e-15);
  EXPECT_EQ(ratio.count, 7U);
}

TEST(PairedRatio, PairsByPlace) {
  // Blocks differ a hundredfold, the ratio within a block never: only pairing sees it.
  const Values baseline{1, 100, 3, 70, 9, 20};
  const Values target{1.1, 110, 3.3, 77, 9.9, 22};
  const auto ratio = paired_ratio(target, baseline);
  EXPECT_NEAR(ratio.value, 1.1, 1e-12);
  EXPECT_NEAR(ratio.interval->high - ratio.interval->low, 0, 1e-12);
}

TEST(PairedRatio, IsTheGeometricMiddle) {
  // Ratios 1/4, 1, 4: the logarithms' Walsh averages lie symmetrically about 0.
  EXPECT_NEAR(paired_ratio(Values{1, 5, 8}, Values{4, 5, 2}).value, 1, 1e-15);
}

TEST(PairedRatio, TurnedRoundIsTheReciprocal) {
  Random random(5);
  Values a;
  Values b;
  for (int i = 0; i < 31; ++i) {
    a.push_back(std::exp(random.laplace()));
    b.push_back(std::exp(random.laplace()));
  }
  const auto forward = paired_ratio(a, b);
  const auto backward = paired_ratio(b, a);
  EXPECT_NEAR(forward.value * backward.value, 1, 1e-12);
  EXPECT_NEAR(forward.interval->low * backward.interval->high, 1, 1e-12);
  EXPECT_NEAR(forward.interval->high * backward.interval->low, 1, 1e-12);
}

TEST(PairedRatio, OfValuesWhoseQuotientIsNoNumber) {
  const auto ratio = paired_ratio(Values{1e300, 1e300}, Values{1e-300, 1e-300});
  EXPECT_EQ(ratio.value, std::exp(std::log(1e300) - std::log(1e-300)));
  const auto tiny = paired_ratio(Values{1e-200, 1e-200}, Values{1e200, 1e200});
  EXPECT_EQ(tiny.value, 0);  // below the smallest double, but not NaN
}

Values one_to(int n) {
  Values values;
  for (int i = n; i >= 1; --i) values.push_back(i);
  return values;
}

TEST(SupportedPercentile, NeedsTheTrialsThatADistributionFreeBoundNeeds) {
  EXPECT_FALSE(supported_percentile(one_to(298), 0.99));
  EXPECT_EQ(supported_percentile(one_to(299), 0.99), 297);  // ceil(0.99 x 299)
  EXPECT_FALSE(supported_percentile(one_to(28), 0.9));
  EXPECT_EQ(supported_percentile(one_to(29), 0.9), 27);
  EXPECT_FALSE(supported_percentile(one_to(4), 0.5));
  EXPECT_EQ(supported_percentile(one_to(5), 0.5), 3);
  EXPECT_FALSE(supported_percentile({}, 0.5));
}

TEST(SupportedPercentile, IsAValueThatWasMeasured) {
  EXPECT_EQ(supported_percentile(one_to(10), 0.5), 5);
  EXPECT_EQ(supported_percentile(one_to(1000), 0.99), 990);
}

}  // namespace
}  // namespace strata::results
