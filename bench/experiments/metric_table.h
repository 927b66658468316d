#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/result.h"

namespace strata::bench {

/// A row of a table: a metric of a workload.
struct MetricRow {
  std::string label;
  std::string workload;
  std::string metric;
};

/// A titled table with a column for each target: medians with their intervals, "-" where there is
/// none. Rows that no target has are left out; without any row there is no table.
std::string metric_table(const results::ResultHead& head, const std::string& title,
                         const std::vector<MetricRow>& rows, bool colour);

/// The points of a curve that any target has in a workload: its x, ascending.
std::vector<double> points_of(const results::ResultHead& head, std::string_view workload,
                              std::string_view curve);

/// The x of "ready[8]" if it is a point of the curve called `curve`.
bool is_point_of(std::string_view metric, std::string_view curve, double& x);

/// Powers of two, the first and the last: enough of a curve to read.
std::vector<double> thinned(const std::vector<double>& points);

}  // namespace strata::bench
