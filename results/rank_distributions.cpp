#include "results/rank_distributions.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <utility>
#include <vector>

namespace strata::results {
namespace {

/// Up to here the signed-rank distribution is counted out: O(n^3).
constexpr std::size_t kSignedExactUpTo = 300;
/// Up to this m n the rank-sum distribution is: O((m n)^2).
constexpr std::size_t kSumExactUpTo = 10'000;

/// P(T+ = 0), P(T+ = 1), … up to the middle: the distribution of the sum of the ranks that n fair
/// coins pick, rank by rank. Halving keeps every number a probability.
std::vector<double> signed_rank_probabilities(std::size_t n) {
  std::vector<double> probability(n * (n + 1) / 4 + 1, 0.0);
  probability[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    const auto most = std::min(rank * (rank + 1) / 2, probability.size() - 1);
    for (std::size_t sum = most + 1; sum-- > 0;) {
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0)) / 2;
    }
  }
  return probability;
}

/// P(U = 0), P(U = 1), … up to the middle. The largest of all m + n values is of the first sample
/// with probability m / (m + n) and then exceeds the n of the second: Mann and Whitney, On a Test
/// of Whether one of Two Random Variables is Stochastically Larger than the Other, Annals of
/// Mathematical Statistics 18 (1947), equation (4) in probabilities.
std::vector<double> rank_sum_probabilities(std::size_t m, std::size_t n) {
  if (m > n) std::swap(m, n);
  const std::size_t size = m * n / 2 + 1;
  // row[i] holds the distribution for i and `of_second` values, as far as the middle of m and n.
  std::vector<std::vector<double>> row(m + 1, std::vector<double>(size, 0.0));
  for (auto& distribution : row) distribution[0] = 1;
  for (std::size_t of_second = 1; of_second <= n; ++of_second) {
    for (std::size_t of_first = 1; of_first <= m; ++of_first) {
      const auto total = static_cast<double>(of_first + of_second);
      const double first = static_cast<double>(of_first) / total;
      const double second = static_cast<double>(of_second) / total;
      auto& here = row[of_first];  // still that of one value less in the second sample
      const auto& fewer = row[of_first - 1];
      const auto most = std::min(of_first * of_second + 1, size);
      for (std::size_t u = 0; u < most; ++u) {
        here[u] = second * here[u] + (u >= of_second ? first * fewer[u - of_second] : 0);
      }
    }
  }
  return row[m];
}

/// The mean and the even cumulants of a distribution that is symmetric around the mean.
struct Cumulants {
  double mean = 0;
  double variance = 0;
  double fourth = 0;
};

Cumulants signed_rank_cumulants(std::size_t n) {
  const auto size = static_cast<double>(n);
  // Rank r adds r/2 to the mean, r^2/4 to the variance and -r^4/8 to the fourth cumulant.
  return {size * (size + 1) / 4, size * (size + 1) * (2 * size + 1) / 24,
          -size * (size + 1) * (2 * size + 1) * (3 * size * size + 3 * size - 1) / 240};
}

/// Fix and Hodges, Significance Probabilities of the Wilcoxon Test, Annals of Mathematical
/// Statistics 26 (1955).
Cumulants rank_sum_cumulants(std::size_t first, std::size_t second) {
  const auto m = static_cast<double>(first);
  const auto n = static_cast<double>(second);
  return {m * n / 2, m * n * (m + n + 1) / 12,
          -m * n * (m + n + 1) * (m * m + n * n + m * n + m + n) / 120};
}

/// The normal quantile with the correction for the tails' weight: Cornish and Fisher's first term
/// in the fourth cumulant (the third is 0). Fisher and Cornish, The Percentile Points of
/// Distributions Having Known Cumulants, Technometrics 2 (1960).
std::size_t approximate_depth(const Cumulants& of, double tail) {
  const boost::math::normal_distribution<double> normal;
  const double z = boost::math::quantile(normal, tail);
  const double corrected = z + (z * z * z - 3 * z) / 24 * of.fourth / (of.variance * of.variance);
  const double depth = std::floor(of.mean + 0.5 + corrected * std::sqrt(of.variance));
  return depth > 0 ? static_cast<std::size_t>(depth) : 0;
}

/// The same correction the other way round: Edgeworth's series up to the fourth cumulant.
double approximate_probability(const Cumulants& of, std::uint64_t at_most) {
  const boost::math::normal_distribution<double> normal;
  const double z = (static_cast<double>(at_most) + 0.5 - of.mean) / std::sqrt(of.variance);
  const double correction = boost::math::pdf(normal, z) * (z * z * z - 3 * z) / 24 * of.fourth /
                            (of.variance * of.variance);
  return std::clamp(boost::math::cdf(normal, z) - correction, 0.0, 1.0);
}

/// Probabilities below the middle, summed up: P(<= 0), P(<= 1), …
std::vector<double> summed(std::vector<double> probabilities) {
  for (std::size_t i = 1; i < probabilities.size(); ++i) probabilities[i] += probabilities[i - 1];
  return probabilities;
}

/// A comparison asks the same for hundreds of cells, and counting out takes its time.
const std::vector<double>& signed_rank_sums(std::size_t n) {
  thread_local std::pair<std::size_t, std::vector<double>> last;
  if (last.second.empty() || last.first != n) last = {n, summed(signed_rank_probabilities(n))};
  return last.second;
}
const std::vector<double>& rank_sum_sums(std::size_t m, std::size_t n) {
  thread_local std::pair<std::pair<std::size_t, std::size_t>, std::vector<double>> last;
  const auto sizes = std::minmax(m, n);
  if (last.second.empty() || last.first != std::pair<std::size_t, std::size_t>(sizes)) {
    last = {sizes, summed(rank_sum_probabilities(m, n))};
  }
  return last.second;
}

std::size_t depth_in(const std::vector<double>& sums, double tail) {
  return static_cast<std::size_t>(std::upper_bound(sums.begin(), sums.end(), tail) - sums.begin());
}

/// P(<= at_most) of a symmetric distribution on 0 … largest from the sums of its lower half.
double probability_in(const std::vector<double>& sums, std::uint64_t largest,
                      std::uint64_t at_most) {
  if (at_most >= largest) return 1;
  if (at_most < sums.size()) return std::min(sums[at_most], 1.0);
  return 1 - sums[largest - at_most - 1];
}

}  // namespace

std::size_t signed_rank_depth(std::size_t n, double tail) {
  if (n > kSignedExactUpTo) return approximate_depth(signed_rank_cumulants(n), tail);
  return depth_in(signed_rank_sums(n), tail);
}

double signed_rank_probability(std::size_t n, std::uint64_t t) {
  if (n > kSignedExactUpTo) return approximate_probability(signed_rank_cumulants(n), t);
  return probability_in(signed_rank_sums(n), std::uint64_t{n} * (n + 1) / 2, t);
}

std::size_t rank_sum_depth(std::size_t m, std::size_t n, double tail) {
  if (m == 0 || n == 0) return 0;
  if (m * n > kSumExactUpTo) return approximate_depth(rank_sum_cumulants(m, n), tail);
  return depth_in(rank_sum_sums(m, n), tail);
}

double rank_sum_probability(std::size_t m, std::size_t n, std::uint64_t u) {
  if (m == 0 || n == 0) return 1;
  if (m * n > kSumExactUpTo) return approximate_probability(rank_sum_cumulants(m, n), u);
  return probability_in(rank_sum_sums(m, n), std::uint64_t{m} * n, u);
}

}  // namespace strata::results
