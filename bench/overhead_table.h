#pragma once

#include <string>

#include "results/result.h"

namespace strata::bench {

/// The table a run ends with: a row for startup and for each workload's headline metric, a column
/// for each target. The baseline's cells show the median and its interval; the others the median,
/// the ratio of costs and its interval. A ratio that the run's noise hides is said to be hidden.
/// `colour`: ANSI colours, for a terminal only.
std::string overhead_table(const results::ResultHead& head, bool colour);

/// What the run cannot vouch for, a line each: failed trials, checksums that differ, cells without
/// an interval, targets left out.
std::string remarks(const results::ResultHead& head);

/// The same as one JSON text, for --json.
std::string summary_json(const results::ResultHead& head);

}  // namespace strata::bench
