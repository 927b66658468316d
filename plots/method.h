#pragma once

#include <string>

#include "plots/run_view.h"

namespace strata::plots {

/// The end of the report: how it was measured, on what, with what noise, with which options, and
/// what failed.
std::string method_html(const RunView& view);

}  // namespace strata::plots
