#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/vocabulary/plan.h"

namespace strata::bench {

/// What goes into a plan.
struct PlanRequest {
  std::vector<std::string> workloads;
  std::vector<std::string> targets;
  std::string baseline;      ///< one of the targets; it gets a second, control, arm in every block
  std::uint32_t blocks = 0;  ///< trials of each cell
  std::uint64_t seed = 0;
};

/// A run in randomised complete blocks: block by block, the workloads in shuffled order, and for
/// each the targets (and the control arm) in shuffled order. So drift of the machine falls on all
/// targets alike, and what a short run leaves out is left out of all of them. The same request
/// gives the same plan on every machine and with every compiler.
std::vector<PlannedTrial> make_plan(const PlanRequest& request);

}  // namespace strata::bench
