#pragma once

#include <span>

#include "results/statistics.h"

namespace strata::bench {

/// The slope of the straight line through points by least squares, with its two-sided 95 % interval
/// from Student's t with n - 2 degrees of freedom (Draper, Smith, Applied Regression Analysis, 3rd
/// ed., 1.4). No interval for fewer than three points. At least two different x; spans of one
/// length, values finite.
///
/// The interval is that of this line alone and takes the points' errors for independent, which sums
/// over growing sets are not: how much the slope differs between trials is told by the trials.
results::Estimate slope_of(std::span<const double> x, std::span<const double> y);

}  // namespace strata::bench
