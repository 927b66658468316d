#pragma once

#include <string>

#include "plots/run_view.h"

namespace strata::bench {

/// The table a long run ends with: a row for startup and for each group of workloads, a column for
/// each target: the ratio of costs (over a group the geometric mean) and its interval.
std::string group_table(const plots::RunView& view, bool colour);

/// What a reader would not have expected, a line each; empty if there is nothing.
std::string surprise_lines(const plots::RunView& view);

}  // namespace strata::bench
