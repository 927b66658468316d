#include "results/rank_tests.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "results/ordered_doubles.h"
#include "results/rank_distributions.h"

namespace strata::results {
namespace {

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

/// How many differences a_i - b_j `is_counted` takes; it takes every one below some bound and none
/// above. One walk along the border, which only moves to the left as b grows smaller.
template <typename Counted>
std::uint64_t count_differences(const std::vector<double>& a, const std::vector<double>& b,
                                const Counted& is_counted) {
  std::uint64_t count = 0;
  std::size_t end = a.size();
  for (auto subtracted = b.rbegin(); subtracted != b.rend(); ++subtracted) {
    while (end > 0 && !is_counted(a[end - 1] - *subtracted)) --end;
    if (end == 0) break;
    count += end;
  }
  return count;
}

/// The difference of that rank (from 1), exactly: rounded subtraction is monotone, so that the
/// search among all doubles ends at a difference.
double difference_of_rank(const std::vector<double>& a, const std::vector<double>& b,
                          std::uint64_t rank) {
  auto low = place_of(a.front() - b.back());
  auto high = place_of(a.back() - b.front());
  while (low < high) {
    const auto middle = std::midpoint(low, high);
    const double bound = value_at(middle);
    const auto up_to =
        count_differences(a, b, [bound](double difference) { return difference <= bound; });
    if (up_to >= rank) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return value_at(low);
}

double two_sided(double one_sided) { return std::min(1.0, 2 * one_sided); }

/// How many Walsh averages, around the centre, are on the near side of it or on it: with sign = 1
/// those that are not above it. Sums instead of averages: halving changes no sign.
std::uint64_t walsh_averages_up_to(const std::vector<double>& sorted_values, double sign) {
  std::uint64_t count = 0;
  std::size_t first = 0;
  std::size_t end = sorted_values.size();
  if (sign > 0) {
    for (; first < end; ++first) {
      while (end > first && sorted_values[first] + sorted_values[end - 1] > 0) --end;
      if (end > first) count += end - first;
    }
    return count;
  }
  for (; end > first; --end) {
    while (first < end && sorted_values[first] + sorted_values[end - 1] < 0) ++first;
    if (end > first) count += end - first;
  }
  return count;
}

}  // namespace

Estimate hodges_lehmann_shift(std::span<const double> a, std::span<const double> b,
                              double confidence) {
  Estimate estimate;
  estimate.count = std::min(a.size(), b.size());
  if (estimate.count == 0) return estimate;
  const auto first = sorted(a);
  const auto second = sorted(b);
  const std::uint64_t differences = std::uint64_t{a.size()} * b.size();
  const auto of_rank = [&](std::uint64_t rank) { return difference_of_rank(first, second, rank); };
  const auto lower = of_rank((differences + 1) / 2);
  estimate.value =
      differences % 2 == 1 ? lower : std::midpoint(lower, of_rank(differences / 2 + 1));
  if (const auto depth = rank_sum_depth(a.size(), b.size(), (1 - confidence) / 2); depth > 0) {
    estimate.interval = {of_rank(depth), of_rank(differences + 1 - depth)};
  }
  return estimate;
}

double signed_rank_p_value(std::span<const double> differences, double centre) {
  auto values = sorted(differences);
  for (auto& value : values) value -= centre;
  const auto nearer = std::min(walsh_averages_up_to(values, 1), walsh_averages_up_to(values, -1));
  return two_sided(signed_rank_probability(values.size(), nearer));
}

double rank_sum_p_value(std::span<const double> a, std::span<const double> b, double centre) {
  const auto first = sorted(a);
  const auto second = sorted(b);
  const auto up_to = count_differences(first, second, [&](double one) { return one <= centre; });
  const auto below = count_differences(first, second, [&](double one) { return one < centre; });
  const std::uint64_t from = std::uint64_t{a.size()} * b.size() - below;
  return two_sided(rank_sum_probability(a.size(), b.size(), std::min(up_to, from)));
}

}  // namespace strata::results
