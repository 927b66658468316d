#pragma once

#include <string>
#include <vector>

#include "results/measurements.h"
#include "results/statistics.h"

namespace strata::results {

/// What the ratio of two costs is estimated from, in logarithms and by block: their differences
/// where they are paired, else both sides. Costs: a value of which less is better, and one over a
/// value of which more is.
struct Sample {
  bool paired = true;
  std::vector<Paired> first;   ///< paired: the differences; else the log costs looked at
  std::vector<Paired> second;  ///< unpaired: the log costs they are compared with
  std::string why;             ///< not empty: there is no ratio, and this is the reason

  [[nodiscard]] bool usable() const { return why.empty(); }
  /// exp of the location shift; needs usable().
  [[nodiscard]] Estimate ratio(double confidence) const;
  /// Two-sided, of a ratio of 1.
  [[nodiscard]] double p_value() const;
  /// What to say where ratio() has no interval.
  [[nodiscard]] std::string too_few() const;
};

/// From values paired by block (or by workload and block).
Sample paired_sample(const std::vector<Paired>& values, const std::vector<Paired>& reference,
                     Better better);
/// From values of two runs, whose blocks have nothing to do with each other.
Sample unpaired_sample(const std::vector<Paired>& values, const std::vector<Paired>& reference,
                       Better better);

/// The mean of several samples of one kind in every block that all of them have: what a geometric
/// mean of ratios is estimated from. At least one.
Sample mean_sample(const std::vector<const Sample*>& samples);

}  // namespace strata::results
