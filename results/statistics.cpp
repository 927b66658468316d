#include "results/statistics.h"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace strata::results {
namespace {

/// Up to here the signed-rank distribution is counted out; beyond, the normal approximation is
/// right to far less than one Walsh average in the depth.
constexpr std::size_t kExactUpTo = 300;

/// How many Walsh averages of the sorted values are at most `bound`: for each i the j >= i with
/// v[i] + v[j] <= 2 bound, found by two pointers that only move towards each other.
std::uint64_t walsh_averages_up_to(std::span<const double> sorted, double bound) {
  std::uint64_t count = 0;
  std::size_t end = sorted.size();  // v[i] + v[j] <= 2 bound for all j < end
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    while (end > i && (sorted[i] + sorted[end - 1]) / 2 > bound) --end;
    if (end <= i) break;
    count += end - i;
  }
  return count;
}

/// A double's place in the order of all doubles, so that bisection walks over every one of them.
std::int64_t rank_of(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value);
  return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
}
double value_at(std::int64_t rank) {
  return std::bit_cast<double>(rank >= 0 ? rank : std::numeric_limits<std::int64_t>::min() - rank);
}

/// The k-th smallest of the Walsh averages in (low, high], k from 1.
double among(std::span<const double> sorted, double low, double high, std::uint64_t k) {
  std::vector<double> averages;
  std::size_t first = sorted.size();  // v[i] + v[j] > 2 low from j = first on
  std::size_t last = sorted.size();   // v[i] + v[j] <= 2 high below j = last
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    while (last > i && (sorted[i] + sorted[last - 1]) / 2 > high) --last;
    while (first > i && (sorted[i] + sorted[first - 1]) / 2 > low) --first;
    for (std::size_t j = std::max(first, i); j < last; ++j) {
      averages.push_back((sorted[i] + sorted[j]) / 2);
    }
  }
  const auto place = averages.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(averages.begin(), place, averages.end());
  return *place;
}

/// The k-th smallest Walsh average (k from 1), exactly: bisection over the doubles until few
/// averages are left between the bounds, which are then looked at one by one. Where many are equal
/// the bounds meet.
double walsh_average(std::span<const double> sorted, std::uint64_t k) {
  auto low = rank_of(sorted.front()) - 1;
  auto high = rank_of(sorted.back());
  std::uint64_t up_to_low = 0;
  std::uint64_t up_to_high = sorted.size() * (sorted.size() + 1) / 2;
  const std::uint64_t few = 2 * sorted.size() + 64;
  while (up_to_high - up_to_low > few && high - 1 > low) {
    const auto middle = std::midpoint(low, high);
    const auto count = walsh_averages_up_to(sorted, value_at(middle));
    (count >= k ? high : low) = middle;
    (count >= k ? up_to_high : up_to_low) = count;
  }
  if (high - 1 == low) return value_at(high);
  return among(sorted, value_at(low), value_at(high), k - up_to_low);
}

}  // namespace

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  const auto middle = copy.begin() + static_cast<std::ptrdiff_t>(copy.size() / 2);
  std::nth_element(copy.begin(), middle, copy.end());
  if (copy.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(copy.begin(), middle), *middle);
}

Estimate median_with_interval(std::span<const double> values, double confidence) {
  Estimate estimate;
  estimate.count = values.size();
  if (values.empty()) return estimate;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  estimate.value = median(sorted);
  // [x(k), x(n+1-k)] fails to cover the median with probability 2 P(B <= k - 1), B binomial(n,
  // 1/2).
  const auto n = static_cast<double>(sorted.size());
  const boost::math::binomial_distribution<double> heads(n, 0.5);
  std::size_t depth = 0;
  while (2 * (depth + 1) <= sorted.size() &&
         2 * boost::math::cdf(heads, static_cast<double>(depth)) <= 1 - confidence) {
    ++depth;
    if (depth > 64) {
      // Far out the distribution is smooth: jump to where its quantile says, then walk back.
      const boost::math::normal_distribution<double> normal;
      const double z = boost::math::quantile(normal, (1 + confidence) / 2);
      const auto guess = static_cast<std::size_t>(std::max(0.0, (n - 1 - z * std::sqrt(n)) / 2));
      depth = std::max(depth, guess);
      while (2 * boost::math::cdf(heads, static_cast<double>(depth) - 1) > 1 - confidence) --depth;
      while (2 * boost::math::cdf(heads, static_cast<double>(depth)) <= 1 - confidence) ++depth;
      break;
    }
  }
  if (depth > 0) estimate.interval = {sorted[depth - 1], sorted[sorted.size() - depth]};
  return estimate;
}

std::size_t signed_rank_depth(std::size_t n, double tail) {
  if (n > kExactUpTo) {
    const auto size = static_cast<double>(n);
    const double mean = size * (size + 1) / 4;
    const double deviation = std::sqrt(size * (size + 1) * (2 * size + 1) / 24);
    const boost::math::normal_distribution<double> normal;
    return static_cast<std::size_t>(
        std::floor(mean + 0.5 + boost::math::quantile(normal, tail) * deviation));
  }
  // Probabilities of the sum of the ranks that a fair coin picks, rank by rank.
  const std::size_t most = n * (n + 1) / 2;
  std::vector<double> probability(most + 1, 0.0);
  probability[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t sum = rank * (rank + 1) / 2 + 1; sum-- > 0;) {
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0)) / 2;
    }
  }
  std::size_t depth = 0;
  double below = 0;
  while (depth <= most && below + probability[depth] <= tail) below += probability[depth++];
  return depth;
}

Estimate hodges_lehmann(std::span<const double> differences, double confidence) {
  Estimate estimate;
  estimate.count = differences.size();
  if (differences.empty()) return estimate;
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end());
  const std::uint64_t n = sorted.size();
  const std::uint64_t averages = n * (n + 1) / 2;
  estimate.value = averages % 2 == 1 ? walsh_average(sorted, averages / 2 + 1)
                                     : std::midpoint(walsh_average(sorted, averages / 2),
                                                     walsh_average(sorted, averages / 2 + 1));
  const auto depth = signed_rank_depth(sorted.size(), (1 - confidence) / 2);
  if (depth > 0) {
    estimate.interval = {walsh_average(sorted, depth), walsh_average(sorted, averages + 1 - depth)};
  }
  return estimate;
}

Estimate paired_ratio(std::span<const double> target, std::span<const double> baseline,
                      double confidence) {
  std::vector<double> logs;
  logs.reserve(target.size());
  for (std::size_t i = 0; i < target.size(); ++i) logs.push_back(std::log(target[i] / baseline[i]));
  auto estimate = hodges_lehmann(logs, confidence);
  estimate.value = std::exp(estimate.value);
  if (estimate.interval) {
    estimate.interval = {std::exp(estimate.interval->low), std::exp(estimate.interval->high)};
  }
  return estimate;
}

std::optional<double> supported_percentile(std::vector<double> values, double q) {
  if (values.empty() || static_cast<double>(values.size()) < std::log(0.05) / std::log(q)) {
    return std::nullopt;
  }
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace strata::results
