#pragma once

#include <string>

#include "plots/run_view.h"

namespace strata::plots {

/// A summary for a pull request or a step summary: the answer, surprises, and all cells folded.
std::string summary_markdown(const RunView& view);

/// A line a cell: workload, target, metric, unit, trials, median, ratio, intervals, finding.
std::string cells_csv(const RunView& view);

/// JUnit XML: a test case a cell; one whose every trial failed is a failure, one that was not
/// measured is skipped.
std::string cells_junit(const RunView& view);

/// OpenMetrics text for a Prometheus-like store: medians, ratios with their bounds, noise floors.
std::string cells_openmetrics(const RunView& view);

}  // namespace strata::plots
