#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/definition.h"
#include "bench/experiments/host_room.h"
#include "bench/host_noise.h"
#include "bench/progress.h"
#include "drivers/driver.h"
#include "results/vocabulary/plan.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// A target that is ready to run: its driver, and each program turned into what it boots from.
struct Lane {
  drivers::Driver& driver;
  std::vector<drivers::Prepared> prepared;  ///< by program, as in RunDefinition::programs
  /// A driver of the same target for a further thread, by its number from 1; ready to start what is
  /// prepared, alive as long as the lane. Empty: experiments can't start several at once.
  std::function<drivers::Driver&(std::size_t hand)> further = {};
};

/// Why a run ended.
struct RunEnd {
  enum class Reason { kDone, kBudget, kInterrupted, kEnough };
  Reason reason = Reason::kDone;
  std::size_t trials = 0;  ///< carried out by this call
  std::size_t failed = 0;  ///< of those
};

/// Carries out planned trials one after the other, each in a fresh instance.
/// A trial that fails is recorded with its error and the run goes on. Used from one thread; while a
/// trial is measured it only waits.
class Runner {
 public:
  struct Parts {
    const RunDefinition& definition;
    const std::vector<drivers::Bundle>& bundles;  ///< by program
    std::map<std::string, Lane> lanes;            ///< by target
    Clock& clock;
    Progress& progress;
    std::function<void(const Trial&)> store;       ///< returns once the trial is safe
    std::function<bool()> interrupted;             ///< asked between trials
    std::function<bool()> enough = {};             ///< asked between blocks; empty: never enough
    std::function<HostSample()> sample_host = {};  ///< around each trial; empty: nothing is sampled
    std::function<HostRoom()> host_room = [] { return bench::host_room(); };  ///< for experiments
    const Lane* host = nullptr;  ///< bare processes, for the other end of workloads with a peer
  };
  explicit Runner(Parts parts) : parts_(std::move(parts)) {}

  /// Runs `plan` (what is left of it), the first trial getting the number `first_order`.
  /// Stops before a block's first trial if the block would not end within the budget, and before
  /// any trial once the budget is used up. Throws only what `store` throws.
  RunEnd run(const std::vector<PlannedTrial>& plan, std::uint32_t first_order);

 private:
  Trial carry_out(const PlannedTrial& planned, std::uint32_t order);
  void carry_out_experiment(const Lane& lane, const WorkloadDefinition& workload, Trial& trial);
  void measure(const Lane& lane, const WorkloadDefinition& workload, Trial& trial);
  drivers::Outcome run(const WorkloadDefinition& workload, drivers::Instance& instance);

  Parts parts_;
};

}  // namespace strata::bench
