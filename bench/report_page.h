#pragma once

#include <filesystem>
#include <vector>

#include "results/claims/claim_check.h"
#include "results/history/history.h"

namespace strata::bench {

/// Which page is made of a result.
struct ReportPage {
  std::filesystem::path result;  ///< result.json, or its folder
  std::filesystem::path second;  ///< another one, set beside it; empty: none
  std::vector<results::HeldClaims> claims;
  const results::History* history = nullptr;  ///< whose changes are shown; not owned
  std::filesystem::path output;               ///< empty: report.html beside the result
};

/// Writes it, whole or not at all, and returns where it is. Throws Error and UsageError.
std::filesystem::path write_report_page(ReportPage page);

}  // namespace strata::bench
