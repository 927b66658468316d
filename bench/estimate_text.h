#pragma once

#include <string>

#include "results/result.h"
#include "results/statistics.h"

namespace strata::bench {

/// "[1.18, 1.31]", three significant digits.
std::string interval_text(const results::Interval& interval);

/// Where a cell lies: "1.20 ms [1.18, 1.31]", the bounds in the unit of the value; without them
/// where there is no interval.
std::string located(const results::CellSummary& cell);

}  // namespace strata::bench
