#pragma once

#include <span>

#include "results/statistics.h"

namespace strata::results {

/// Hodges-Lehmann shift of `a` over `b`, unpaired: the median of the differences a_i - b_j, with
/// the interval of the exact Mann-Whitney (Wilcoxon rank-sum) distribution. Hollander, Wolfe,
/// Chicken, Nonparametric Statistical Methods, 3rd ed., 4.2-4.3. O((m + n) log) time. No interval
/// where the samples are too small for the confidence (two-sided 95 % needs 4 and 4). Values must
/// be finite, of magnitude below 1e307; count is the smaller sample's.
Estimate hodges_lehmann_shift(std::span<const double> a, std::span<const double> b,
                              double confidence = 0.95);

/// Two-sided p-value of "paired differences are symmetric around `centre`": exactly the least
/// 1 - confidence with which the interval of hodges_lehmann() leaves the centre out. Differences
/// equal to it count for both sides, which is conservative. 1 for no differences.
double signed_rank_p_value(std::span<const double> differences, double centre = 0);

/// The same for hodges_lehmann_shift().
double rank_sum_p_value(std::span<const double> a, std::span<const double> b, double centre = 0);

}  // namespace strata::results
