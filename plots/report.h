#pragma once

#include <string>

#include "plots/run_view.h"

namespace strata::plots {

/// The report of a run: one file that opens from disk and needs no network.
std::string report_html(const RunView& view);

}  // namespace strata::plots
