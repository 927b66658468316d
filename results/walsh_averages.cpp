#include "results/walsh_averages.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "results/ordered_doubles.h"

namespace strata::results {
namespace {

// Everything below works on the sums v_i + v_j: halving is exact and changes no order. Rounded
// addition is monotone, so in a sorted list the sums of a row rise from left to right, and those of
// a column from top to bottom.

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// How the sums lie around a bound.
struct Split {
  std::uint64_t up_to = 0;    ///< how many are at most the bound
  double below = -kInfinity;  ///< the largest of these
  double above = kInfinity;   ///< the smallest of the others
};

/// One walk along the border between the sums up to `bound` and those above: the border of row
/// i + 1 is never to the right of row i's.
Split split_at(std::span<const double> sorted, double bound) {
  Split split;
  std::size_t end = sorted.size();  // v[i] + v[j] <= bound for i <= j < end
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double value = sorted[i];
    while (end > i && value + sorted[end - 1] > bound) --end;
    if (end <= i) {
      split.above = std::min(split.above, value + value);
      break;
    }
    split.up_to += end - i;
    split.below = std::max(split.below, value + sorted[end - 1]);
    if (end < sorted.size()) split.above = std::min(split.above, value + sorted[end]);
  }
  return split;
}

/// Bounds around the sum that is looked for. Both are sums themselves, so that where many are equal
/// the bounds meet at once.
struct Bracket {
  double low;                ///< a sum too small, or -infinity
  double next;               ///< the smallest sum above `low`
  double high;               ///< a sum large enough
  std::uint64_t up_to_low;   ///< sums at most `low`, fewer than the rank looked for
  std::uint64_t up_to_high;  ///< sums at most `high`, at least the rank looked for

  [[nodiscard]] std::uint64_t count() const { return up_to_high - up_to_low; }

  void narrow(std::uint64_t rank, const Split& split) {
    if (split.up_to >= rank) {
      high = split.below;
      up_to_high = split.up_to;
    } else {
      low = split.below;
      next = split.above;
      up_to_low = split.up_to;
    }
  }
};

/// Sums in (low, high], in no order.
std::vector<double> sums_within(std::span<const double> sorted, const Bracket& bracket) {
  std::vector<double> sums;
  sums.reserve(bracket.count());
  std::size_t first = sorted.size();
  std::size_t last = sorted.size();
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    while (last > i && sorted[i] + sorted[last - 1] > bracket.high) --last;
    if (last <= i) break;
    while (first > i && sorted[i] + sorted[first - 1] > bracket.low) --first;
    for (std::size_t j = std::max(first, i); j < last; ++j) sums.push_back(sorted[i] + sorted[j]);
  }
  return sums;
}

/// Finds single sums by rank. Guesses come from a sample of the values and then from interpolation
/// between the bounds; what is returned does not depend on how good they are.
class Selection {
 public:
  explicit Selection(std::span<const double> sorted) : sorted_(sorted) {
    // Every k-th value in order: their sums lie as all the sums do.
    const std::size_t taken = std::min<std::size_t>(sorted.size(), kSample);
    std::vector<double> sample;
    for (std::size_t i = 0; i < taken; ++i) {
      sample.push_back(sorted[(2 * i + 1) * sorted.size() / (2 * taken)]);
    }
    guesses_.reserve(triangular(taken));
    for (std::size_t i = 0; i < taken; ++i) {
      for (std::size_t j = i; j < taken; ++j) guesses_.push_back(sample[i] + sample[j]);
    }
    std::sort(guesses_.begin(), guesses_.end());
  }

  double sum_of_rank(std::uint64_t rank) {
    // The two in the middle are neighbours: what is left around one holds the other.
    if (rank <= last_.up_to_low || rank > last_.up_to_high) search(rank);
    if (last_.next >= last_.high) return last_.high;  // all that are left are equal
    const auto place = left_.begin() + static_cast<std::ptrdiff_t>(rank - last_.up_to_low - 1);
    std::nth_element(left_.begin(), place, left_.end());
    return *place;
  }

 private:
  static constexpr std::size_t kSample = 64;
  static constexpr std::ptrdiff_t kBeyond = 12;  ///< a guess misses by less than that, mostly

  /// Narrows the bounds around a rank until few sums are left between them.
  void search(std::uint64_t rank) {
    const std::uint64_t few = sorted_.size() + kSample;
    Bracket bracket{-kInfinity, 2 * sorted_.front(), 2 * sorted_.back(), 0,
                    triangular(sorted_.size())};
    // Interpolation is quick where the sums lie smoothly; where it gains little, bisection over the
    // doubles between the bounds ends the search in a bounded number of steps.
    auto checkpoint = bracket.count();
    bool slow = false;
    for (int probes = 0; bracket.count() > few && bracket.next < bracket.high; ++probes) {
      if (probes % 3 == 2) {
        slow = bracket.count() > checkpoint / 8;
        checkpoint = bracket.count();
      }
      const double probe = probes == 0   ? guess(rank, 0)
                           : probes == 1 ? guess(rank, std::isinf(bracket.low) ? -kBeyond : kBeyond)
                           : slow        ? halfway(bracket)
                                         : interpolated(bracket, rank, few);
      bracket.narrow(rank, split_at(sorted_, within(bracket, probe)));
    }
    last_ = bracket;
    left_.clear();
    if (bracket.next < bracket.high) left_ = sums_within(sorted_, bracket);
  }

  /// The sample's sum at that part of the way, moved by some places of the sample.
  [[nodiscard]] double guess(std::uint64_t rank, std::ptrdiff_t moved) const {
    const double part = static_cast<double>(rank) / static_cast<double>(triangular(sorted_.size()));
    const auto last = static_cast<std::ptrdiff_t>(guesses_.size()) - 1;
    const auto place = static_cast<std::ptrdiff_t>(part * static_cast<double>(last)) + moved;
    return guesses_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place, 0, last))];
  }

  /// Where the rank would be if the sums lay evenly, moved a little away from the nearer bound, so
  /// that the farther one comes close.
  [[nodiscard]] static double interpolated(const Bracket& bracket, std::uint64_t rank,
                                           std::uint64_t few) {
    const auto count = static_cast<double>(bracket.count());
    const double part = static_cast<double>(rank - bracket.up_to_low) / count;
    const double margin = std::max(0.004, static_cast<double>(few) / 4 / count);
    const double low = std::isinf(bracket.low) ? bracket.next : bracket.low;
    return std::lerp(low, bracket.high, part < 0.5 ? part + margin : part - margin);
  }

  [[nodiscard]] static double halfway(const Bracket& bracket) {
    return value_at(std::midpoint(place_of(bracket.next), place_of(bracket.high)));
  }

  /// A probe that is certain to take something away: at least `next`, and below `high`.
  [[nodiscard]] static double within(const Bracket& bracket, double probe) {
    const double below_high = std::nextafter(bracket.high, -kInfinity);
    return std::clamp(probe, bracket.next, below_high);
  }

  std::span<const double> sorted_;
  std::vector<double> guesses_;
  Bracket last_{0, 0, 0, 0, 0};
  std::vector<double> left_;  ///< the sums within `last_`
};

}  // namespace

std::vector<double> walsh_order_statistics(std::span<const double> sorted,
                                           std::span<const std::uint64_t> ranks) {
  std::vector<double> averages;
  averages.reserve(ranks.size());
  Selection selection(sorted);
  for (const auto rank : ranks) averages.push_back(selection.sum_of_rank(rank) / 2);
  return averages;
}

}  // namespace strata::results
