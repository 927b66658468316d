#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace strata::results {

/// Where the level of a series changes.
struct ChangePoint {
  std::size_t index = 0;  ///< of the first value at the new level
  double before = 0;      ///< level of the segment that ends there
  double after = 0;       ///< level of the one that begins there
  double p_value = 1;     ///< two-sided, of Student's t between the two segments
};

struct ChangePointOptions {
  double p_value = 0.001;      ///< a change point has less
  double least_change = 0.02;  ///< and the levels on its sides differ by this at least
  std::size_t window = 50;     ///< values looked at together, in steps of half as many
  std::size_t least_side = 3;  ///< values on either side of it
};

/// Values with what a single night did to them taken off: each is held within 3 robust standard
/// deviations of the median of the five around it. The deviation comes from the differences of the
/// 50 values up to it, so that later values never change what was made of earlier ones.
std::vector<double> winsorised(std::span<const double> values);

/// A change at one place, tested as it is: two-sample t with pooled variance of the values before
/// `index` and those from it on; 0 < index < size.
ChangePoint change_at(std::span<const double> values, std::size_t index);

/// E-divisive with means (Matteson and James, A Nonparametric Approach for Multiple Change Point
/// Analysis of Multivariate Data, JASA 109, 2014) with Student's t for the permutation test and
/// weak points merged from the bottom (Fleming et al., Hunter, ICPE 2023), on winsorised values.
/// For ratios pass logarithms. Values must be finite. O(n window) time.
std::vector<ChangePoint> find_change_points(std::span<const double> values,
                                            const ChangePointOptions& options = {});

}  // namespace strata::results
