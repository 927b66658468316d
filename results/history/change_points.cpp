#include "results/history/change_points.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "results/statistics.h"

namespace strata::results {
namespace {

/// Sums over beginnings of a series, from which mean and variance of any part follow.
class Sums {
 public:
  explicit Sums(std::span<const double> values) : sum_(values.size() + 1), squares_(sum_.size()) {
    // Around the median, so that squares of values far from 0 lose nothing.
    centre_ = values.empty() ? 0 : median(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto value = values[i] - centre_;
      sum_[i + 1] = sum_[i] + value;
      squares_[i + 1] = squares_[i] + value * value;
    }
  }
  [[nodiscard]] double mean(std::size_t begin, std::size_t end) const {
    return centre_ + (sum_[end] - sum_[begin]) / static_cast<double>(end - begin);
  }
  /// Squared deviations from the part's mean, added up.
  [[nodiscard]] double deviations(std::size_t begin, std::size_t end) const {
    const auto sum = sum_[end] - sum_[begin];
    const auto squares = squares_[end] - squares_[begin];
    return std::max(0.0, squares - sum * sum / static_cast<double>(end - begin));
  }

 private:
  double centre_ = 0;
  std::vector<double> sum_;
  std::vector<double> squares_;
};

/// Of a change at `index` between the parts that begin at `begin` and end at `end`: two-sample t
/// with pooled sample variance.
ChangePoint tested(const Sums& sums, std::size_t begin, std::size_t index, std::size_t end) {
  ChangePoint point{index, sums.mean(begin, index), sums.mean(index, end), 1};
  const auto first = static_cast<double>(index - begin);
  const auto second = static_cast<double>(end - index);
  const auto freedom = first + second - 2;
  if (freedom < 1) return point;
  const auto variance = (sums.deviations(begin, index) + sums.deviations(index, end)) / freedom;
  const auto distance = std::abs(point.after - point.before);
  if (distance == 0) return point;
  const auto error = std::sqrt(variance * (1 / first + 1 / second));
  // Two levels without any noise.
  if (!(error > distance * 1e-12)) {
    point.p_value = 0;
    return point;
  }
  const boost::math::students_t_distribution<double> distribution(freedom);
  point.p_value = 2 * boost::math::cdf(boost::math::complement(distribution, distance / error));
  return point;
}

/// The split of a window with the greatest energy distance, `least_side` values on either side.
class Window {
 public:
  explicit Window(std::span<const double> values) : size_(values.size()) {
    // upto_[i][j]: distances of value i to the first j values, added up.
    upto_.resize(size_ * (size_ + 1));
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < size_; ++j) {
        upto_[i * (size_ + 1) + j + 1] =
            upto_[i * (size_ + 1) + j] + std::abs(values[i] - values[j]);
      }
    }
  }

  /// The best place in [begin, end), or `end` if it is too short.
  [[nodiscard]] std::size_t best_split(std::size_t begin, std::size_t end,
                                       std::size_t least_side) const {
    if (end - begin < 2 * least_side) return end;
    double before = 0;  // of pairs before the split, each counted once
    double after = 0;
    double across = 0;
    for (auto i = begin; i < end; ++i) after += distances(i, i, end);
    std::size_t best = end;
    double greatest = -std::numeric_limits<double>::infinity();
    for (auto split = begin + 1; split < end; ++split) {
      // The value before the split goes over to its left side.
      const auto moved = split - 1;
      const auto to_left = distances(moved, begin, moved);
      const auto to_right = distances(moved, split, end);
      before += to_left;
      after -= to_right;
      across += to_right - to_left;
      const auto left = static_cast<double>(split - begin);
      const auto right = static_cast<double>(end - split);
      if (split - begin < least_side || end - split < least_side) continue;
      const auto energy = 2 * across / (left * right) - 2 * before / (left * (left - 1)) -
                          2 * after / (right * (right - 1));
      const auto scaled = energy * left * right / (left + right);
      if (scaled > greatest) {
        greatest = scaled;
        best = split;
      }
    }
    return best;
  }

 private:
  [[nodiscard]] double distances(std::size_t value, std::size_t begin, std::size_t end) const {
    return upto_[value * (size_ + 1) + end] - upto_[value * (size_ + 1) + begin];
  }

  std::size_t size_;
  std::vector<double> upto_;
};

/// Splits [begin, end) of a window for as long as a split is significant.
void split(const Window& window, const Sums& sums, std::size_t begin, std::size_t end,
           std::size_t least_side, double p_value, std::vector<std::size_t>& found) {
  const auto at = window.best_split(begin, end, least_side);
  if (at == end || tested(sums, begin, at, end).p_value >= p_value) return;
  split(window, sums, begin, at, least_side, p_value, found);
  found.push_back(at);
  split(window, sums, at, end, least_side, p_value, found);
}

std::vector<std::size_t> weak_points(std::span<const double> values,
                                     const ChangePointOptions& options) {
  constexpr double kWeaker = 10;
  std::vector<std::size_t> points;
  for (std::size_t start = 0; start < values.size();) {
    const auto part = values.subspan(start, std::min(options.window, values.size() - start));
    std::vector<std::size_t> found;
    split(Window(part), Sums(part), 0, part.size(), options.least_side, options.p_value * kWeaker,
          found);
    auto next = start + std::max<std::size_t>(1, options.window / 2);
    for (const auto at : found) {
      points.push_back(start + at);
      next = std::max(next, start + at);
    }
    if (start + part.size() == values.size()) break;
    start = next;
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

}  // namespace

std::vector<double> winsorised(std::span<const double> values) {
  constexpr std::size_t kAround = 2;
  constexpr std::size_t kMemory = 50;
  constexpr double kDeviations = 3 * 1.4826;
  std::vector<double> result(values.begin(), values.end());
  std::vector<double> differences;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // At the ends as many values as there are, so that the newest is judged too.
    const auto first = std::min(
        i >= kAround ? i - kAround : 0,
        values.size() >= 2 * kAround + 1 ? values.size() - 2 * kAround - 1 : std::size_t{0});
    const auto around =
        median(values.subspan(first, std::min(2 * kAround + 1, values.size() - first)));
    const auto newest = std::max(i, std::min(values.size() - 1, kAround));
    differences.clear();
    for (auto j = newest >= kMemory ? newest - kMemory + 1 : 1; j <= newest; ++j) {
      differences.push_back(std::abs(values[j] - values[j - 1]));
    }
    if (differences.empty()) continue;
    const auto reach = kDeviations * median(differences) / std::sqrt(2.0);
    result[i] = std::clamp(values[i], around - reach, around + reach);
  }
  return result;
}

ChangePoint change_at(std::span<const double> values, std::size_t index) {
  return tested(Sums(values), 0, index, values.size());
}

std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                            const ChangePointOptions& options) {
  const auto held = winsorised(values);
  const Sums sums(held);
  const auto places = weak_points(held, options);
  std::vector<ChangePoint> points;
  const auto test = [&](std::size_t i) {
    const auto begin = i == 0 ? 0 : points[i - 1].index;
    const auto end = i + 1 == points.size() ? held.size() : points[i + 1].index;
    points[i] = tested(sums, begin, points[i].index, end);
  };
  for (const auto place : places) points.push_back({place, 0, 0, 1});
  for (std::size_t i = 0; i < points.size(); ++i) test(i);
  while (!points.empty()) {
    auto weakest = std::max_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
      return a.p_value < b.p_value;
    });
    if (weakest->p_value < options.p_value) {
      const auto size = [](const ChangePoint& point) {
        return std::abs(point.after - point.before);
      };
      weakest = std::min_element(points.begin(), points.end(),
                                 [&](const auto& a, const auto& b) { return size(a) < size(b); });
      if (size(*weakest) >= options.least_change) break;
    }
    const auto at = static_cast<std::size_t>(weakest - points.begin());
    points.erase(weakest);
    if (at > 0) test(at - 1);
    if (at < points.size()) test(at);
  }
  return points;
}

}  // namespace strata::results
