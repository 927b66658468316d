#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/progress.h"
#include "bench/session.h"
#include "bench/workbench.h"
#include "results/claims/claim_check.h"

namespace strata::bench {

/// A run of exactly what claims are about.
struct ClaimsRun {
  std::uint32_t blocks = 0;        ///< looked at once; 0: looks at 12, 24 and 48
  std::optional<Duration> budget;  ///< no block begins that would end later
  SessionOptions session;          ///< its stop rule is set by the number of blocks
};

/// Carries out a run of the workloads and targets of the claims, as far as this build has them.
/// Throws as start_session does.
SessionResult run_for_claims(const std::vector<results::ClaimFile>& files, ClaimsRun run,
                             const Workbench& workbench, Progress& progress);

}  // namespace strata::bench
