#include "results/statistics.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "results/rank_distributions.h"
#include "results/walsh_averages.h"

namespace strata::results {
namespace {

std::vector<double>::iterator at(std::vector<double>& values, std::size_t i) {
  return values.begin() + static_cast<std::ptrdiff_t>(i);
}

/// Puts the middle of the order into place and returns the median. nth_element leaves the smaller
/// half before it.
double median_in_place(std::vector<double>& values) {
  const auto middle = at(values, values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

/// The largest k for which [x(k), x(n+1-k)] fails to cover the median with a probability of at most
/// 1 - confidence: 2 P(B <= k - 1), B binomial(n, 1/2). 0: n is too small.
std::size_t order_statistic_depth(std::size_t n, double confidence) {
  const boost::math::binomial_distribution<double> heads(static_cast<double>(n), 0.5);
  std::size_t depth = 0;
  std::size_t too_deep = n / 2 + 1;
  while (depth + 1 < too_deep) {
    const auto middle = std::midpoint(depth, too_deep);
    const bool covers =
        2 * boost::math::cdf(heads, static_cast<double>(middle - 1)) <= 1 - confidence;
    (covers ? depth : too_deep) = middle;
  }
  return depth;
}

/// ln(a / b); the quotient of very different numbers may be none, their logarithms always are.
double log_ratio(double a, double b) {
  const double quotient = a / b;
  return std::isnormal(quotient) ? std::log(quotient) : std::log(a) - std::log(b);
}

}  // namespace

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return median_in_place(copy);
}

Estimate median_with_interval(std::span<const double> values, double confidence) {
  Estimate estimate;
  estimate.count = values.size();
  if (values.empty()) return estimate;
  std::vector<double> copy(values.begin(), values.end());
  estimate.value = median_in_place(copy);
  const auto depth = order_statistic_depth(copy.size(), confidence);
  if (depth == 0) return estimate;
  // Below and above the middle, where the two ends of the interval are, order is not known yet.
  const auto middle = at(copy, copy.size() / 2);
  const auto low = at(copy, depth - 1);
  const auto high = at(copy, copy.size() - depth);
  if (low < middle) std::nth_element(copy.begin(), low, middle);
  if (high > middle) std::nth_element(middle + 1, high, copy.end());
  estimate.interval = {*low, *high};
  return estimate;
}

Estimate hodges_lehmann(std::span<const double> differences, double confidence) {
  Estimate estimate;
  estimate.count = differences.size();
  if (differences.empty()) return estimate;
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end());
  const std::uint64_t averages = triangular(sorted.size());
  const auto depth = signed_rank_depth(sorted.size(), (1 - confidence) / 2);
  const std::uint64_t low = std::max<std::uint64_t>(depth, 1);
  const std::array ranks{(averages + 1) / 2, averages / 2 + 1, low, averages + 1 - low};
  const auto found = walsh_order_statistics(sorted, ranks);
  estimate.value = std::midpoint(found[0], found[1]);
  if (depth > 0) estimate.interval = {found[2], found[3]};
  return estimate;
}

Estimate paired_ratio(std::span<const double> target, std::span<const double> baseline,
                      double confidence) {
  std::vector<double> logs;
  logs.reserve(target.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    logs.push_back(log_ratio(target[i], baseline[i]));
  }
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
  const auto place = at(values, std::clamp<std::size_t>(rank, 1, values.size()) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace strata::results
