#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plots/run_view.h"

namespace strata::plots {

/// The overhead heat map as an HTML table: a row a workload, a column a target, in every cell the
/// number and its interval, as a button that opens the cell's detail. Rows on which nothing was
/// found are folded below, with their count. `run`: put before cells' keys, where a page has two.
std::string heat_table_html(const RunView& view, const std::string& run);

/// What the details show, by the cell's key ("RUNrow:column").
nlohmann::json cell_details(const RunView& view, const std::string& run);

}  // namespace strata::plots
