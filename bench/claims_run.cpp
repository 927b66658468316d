#include "bench/claims_run.h"

#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "bench/build_definition.h"
#include "bench/claim_looks.h"
#include "bench/suite.h"

namespace strata::bench {
namespace {

/// A suite of what the claims are about, as far as this build has it.
Suite suite_for(const std::vector<results::ClaimFile>& files, const Workbench& workbench) {
  Suite suite;
  suite.name = "check";
  std::set<std::string> targets{suite.baseline};
  std::set<std::string> names;
  const auto known = workbench.describe_workloads();
  for (const auto& file : files) {
    for (const auto& claim : file.claims) {
      if (!claim.unmeasurable.empty()) continue;
      targets.insert(claim.target);
      if (!claim.baseline.empty()) targets.insert(claim.baseline);
      for (const auto& workload : known) {
        if (results::matches_any(claim.workloads, workload.name)) names.insert(workload.name);
      }
    }
  }
  for (const auto& target : shipped_targets()) {
    if (targets.contains(target.name)) suite.targets.push_back(target.name);
  }
  if (names.empty() && !known.empty()) names.insert("os/getppid");  // startup is in every trial
  SuiteWorkloads workloads;
  workloads.names.assign(names.begin(), names.end());
  workloads.min_time = std::chrono::milliseconds(100);  // as in the suite quick
  suite.workloads.push_back(std::move(workloads));
  return suite;
}

}  // namespace

SessionResult run_for_claims(const std::vector<results::ClaimFile>& files, ClaimsRun run,
                             const Workbench& workbench, Progress& progress) {
  Overrides overrides;
  overrides.trials = run.blocks > 0 ? run.blocks : ClaimLooks::kBlocks.back();
  overrides.budget = run.budget;
  const auto definition = build_definition(suite_for(files, workbench), overrides, workbench);
  if (run.blocks == 0) {
    run.session.stop_rule = [&](const results::RunHeader& header) {
      return std::make_unique<ClaimLooks>(files, header);
    };
  }
  return start_session(definition, run.session, workbench, progress);
}

}  // namespace strata::bench
