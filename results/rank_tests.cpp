#include "results/rank_tests.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
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

/// The differences in (low, high], in no order.
std::vector<double> differences_within(const std::vector<double>& a, const std::vector<double>& b,
                                       double low, double high) {
  std::vector<double> found;
  std::size_t first = a.size();
  std::size_t end = a.size();
  for (auto subtracted = b.rbegin(); subtracted != b.rend(); ++subtracted) {
    while (end > 0 && a[end - 1] - *subtracted > high) --end;
    while (first > 0 && a[first - 1] - *subtracted > low) --first;
    for (auto i = first; i < end; ++i) found.push_back(a[i] - *subtracted);
  }
  return found;
}

/// The difference of that rank (from 1), exactly. Bisection until few are left between the bounds,
/// which are then looked at one by one. By value, which is quick where they lie smoothly; every
/// third time by place among all doubles, which ends whatever the values (rounded subtraction is
/// monotone, so that a bound splits them as it splits the exact ones).
double difference_of_rank(const std::vector<double>& a, const std::vector<double>& b,
                          std::uint64_t rank) {
  const std::uint64_t few = a.size() + b.size();
  double low = std::nextafter(a.front() - b.back(), -HUGE_VAL);  // below all of them
  double high = a.back() - b.front();
  std::uint64_t up_to_low = 0;
  std::uint64_t up_to_high = std::uint64_t{a.size()} * b.size();
  for (int step = 0; up_to_high - up_to_low > few; ++step) {
    // All that are left are equal if there is no double in between.
    if (place_of(low) + 1 >= place_of(high)) return high;
    double bound = std::midpoint(low, high);
    if (step % 3 == 2 || bound <= low || bound >= high) {
      bound = value_at(std::midpoint(place_of(low), place_of(high)));
    }
    const auto up_to =
        count_differences(a, b, [bound](double difference) { return difference <= bound; });
    if (up_to >= rank) {
      high = bound;
      up_to_high = up_to;
    } else {
      low = bound;
      up_to_low = up_to;
    }
  }
  auto left = differences_within(a, b, low, high);
  const auto place = left.begin() + static_cast<std::ptrdiff_t>(rank - up_to_low - 1);
  std::nth_element(left.begin(), place, left.end());
  return *place;
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
