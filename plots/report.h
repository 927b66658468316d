#pragma once

#include <string>
#include <vector>

#include "plots/charts/charts.h"
#include "plots/run_view.h"

namespace strata::results {
class History;
}

namespace strata::plots {

/// What a report tells of.
struct ReportInput {
  const RunView& view;
  const RunView* second = nullptr;  ///< set beside it: after, or another machine
  std::vector<results::HeldClaims> claims;
  const results::History* history = nullptr;
};

/// The report as one file that opens from disk and needs no network.
std::string report_html(const ReportInput& input);

}  // namespace strata::plots
