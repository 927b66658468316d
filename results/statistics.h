#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace strata::results {

struct Interval {
  double low = 0;
  double high = 0;
};

/// A location and how sure it is. No interval where there are too few values for its confidence.
struct Estimate {
  double value = 0;
  std::optional<Interval> interval;
  std::size_t count = 0;  ///< values (or pairs) it comes from
};

/// The sample median; for an even count the mean of the middle two. Values must be finite, count
/// >= 1.
double median(std::span<const double> values);

/// Median with the distribution-free interval from order statistics (exact binomial, at least
/// `confidence`); for one target alone, where nothing is paired. Two-sided 95 % needs 6 values.
Estimate median_with_interval(std::span<const double> values, double confidence = 0.95);

/// Hodges-Lehmann: the median of the Walsh averages (d_i + d_j)/2, i <= j, with the interval of the
/// exact Wilcoxon signed-rank distribution (above 300 values a normal approximation, corrected for
/// continuity and tails, that gives the same depth). Hollander, Wolfe, Chicken, Nonparametric
/// Statistical Methods, 3rd ed., 3.2-3.3. O(n log n) time and O(n) memory. Two-sided 95 % needs n
/// >= 6; fewer give no interval. Differences must be finite and of magnitude below 1e307.
Estimate hodges_lehmann(std::span<const double> differences, double confidence = 0.95);

/// Ratio cost_target / cost_baseline of paired values: exp of hodges_lehmann of the log ratios.
/// The spans are paired by place. All values must be positive and finite; both spans of one length.
Estimate paired_ratio(std::span<const double> target, std::span<const double> baseline,
                      double confidence = 0.95);

/// The q-quantile (0 < q < 1), only where enough trials support it: a one-sided 95 % upper bound
/// needs n >= ln 0.05 / ln q (p99: 299, p90: 29, p50: 5). Nearest rank, no interpolation, no
/// trimming.
std::optional<double> supported_percentile(std::vector<double> values, double q);

}  // namespace strata::results
