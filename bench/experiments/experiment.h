#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/definition.h"
#include "bench/experiments/host_room.h"
#include "bench/experiments/parameters.h"
#include "drivers/bundle.h"
#include "drivers/driver.h"
#include "results/result.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// What an experiment has to carry out one trial with. Everything outlives the trial.
struct Stage {
  const RunDefinition& definition;
  const WorkloadDefinition& workload;
  const drivers::Bundle& bundle;
  const drivers::Prepared& prepared;
  /// The target's driver for the thread of that number, from 0: a Driver is used from one thread,
  /// so each thread that starts instances has its own. Asked for from one thread.
  std::function<drivers::Driver&(std::size_t hand)> driver;
  Clock& clock;
  std::function<HostRoom()> host_room;           ///< what the host has left, now
  std::function<void(const std::string&)> note;  ///< tells the user; never while something is timed
};

/// What a run of experiments is shown from.
struct Shown {
  const results::ResultHead& head;
  const std::filesystem::path& result_file;
  std::vector<WorkloadDefinition> workloads;  ///< the experiment's
  bool colour = false;
};

/// A driver-neutral experiment as data: what one trial of it does with as many instances as it
/// needs. Its results are the trial's metrics; a point of a curve is one called "ready[8]".
struct Experiment {
  std::string_view name;
  std::string_view summary;
  std::span<const ParameterSpec> parameters;
  /// The program its instances hold: the agent itself, whose --version is the least job there is,
  /// or Strata's own workloads.
  enum class Program { kAgent, kWorkloads };
  Program program = Program::kAgent;
  std::string_view metric;  ///< its headline
  /// Whether a trial has the stamps of one instance's life, and so counts for startup.
  bool has_stamps = false;
  /// Throws UsageError for a value that cannot be. Null: there are none.
  void (*check)(const Parameters& parameters) = nullptr;
  /// Throws Error if the host has not the room it needs. Null: it needs little.
  void (*require_room)(const Parameters& parameters, const HostRoom& room) = nullptr;
  /// Carries out one trial and reclaims all it started. Throws Error; what was measured until then
  /// stays in the trial. Null: a trial is one run of the program in a fresh instance, as of any
  /// workload.
  void (*carry_out)(const Stage& stage, Trial& trial) = nullptr;
  /// The tables of a run, beside the overhead table.
  std::string (*tables)(const Shown& shown) = nullptr;
};

extern const Experiment kStartupExperiment;
extern const Experiment kBurstExperiment;
extern const Experiment kDensityExperiment;
extern const Experiment kColdstartExperiment;
extern const Experiment kIdleExperiment;
extern const Experiment kInterferenceExperiment;
extern const Experiment kBurstyExperiment;

/// Every experiment, in the order `strata list experiments` shows them.
std::span<const Experiment* const> experiment_table();

/// The one called `name`. Throws UsageError with a near match.
const Experiment& find_experiment(std::string_view name);

/// Whether trials of the workload are carried out by its experiment.
inline bool is_more_than_a_run(const WorkloadDefinition& workload) {
  return !workload.experiment.empty() && find_experiment(workload.experiment).carry_out != nullptr;
}

}  // namespace strata::bench
