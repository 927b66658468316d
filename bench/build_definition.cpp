#include "bench/build_definition.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "bench/duration_text.h"
#include "bench/experiments/experiment.h"
#include "drivers/bundle.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

using Kind = ProgramDefinition::Kind;

std::vector<std::uint32_t> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {};
  std::vector<std::uint32_t> cpus;
  for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  // The first CPU takes most interrupts; below three, leaving one out would starve threaded
  // workloads.
  if (cpus.size() > 2) cpus.erase(cpus.begin());
  return cpus;
}

/// Below 2^53, so that every reader of JSON holds it exactly.
std::uint64_t drawn_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    throw system_error("draw a seed from the kernel", errno);
  }
  return seed >> 11U;
}

bool chosen(const std::vector<std::string>& globs, const std::string& name) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return matches_glob(glob, name);
         });
}

/// Each glob must find something: a name that was mistyped must not shrink a run silently.
void require_matches(const std::vector<std::string>& globs, const std::vector<std::string>& names,
                     std::string_view where) {
  for (const auto& glob : globs) {
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return matches_glob(glob, name); })) {
      throw UsageError(fmt::format("choose workloads \"{}\" ({})", glob, where),
                       "no workload has such a name",
                       suggest(glob, names) + "; `strata list workloads` shows them");
    }
  }
}

std::string min_time_argument(Duration min_time) {
  return fmt::format("--benchmark_min_time={}", std::chrono::duration<double>(min_time).count());
}

void add_workloads(const SuiteWorkloads& entry, const Workbench& workbench, RunDefinition& run,
                   std::vector<std::string>& all_names) {
  ProgramDefinition program;
  program.with = entry.with;
  auto arguments = entry.arguments;
  if (entry.min_time) arguments.push_back(min_time_argument(*entry.min_time));
  std::vector<WorkloadDefinition> found;
  if (entry.program.empty()) {
    program.path = workbench.own_workloads();
    for (const auto& one : workbench.describe_workloads()) {
      found.push_back({one.name, one.benchmark, run.programs.size(), arguments, one.metric});
      found.back().inside = one.inside;
    }
  } else {
    program.path = std::filesystem::absolute(drivers::find_program(entry.program.string()));
    for (const auto& name : workbench.list_benchmarks(program, entry.arguments)) {
      found.push_back({name, name, run.programs.size(), arguments, "real_time"});
    }
  }
  std::vector<std::string> names;
  for (const auto& workload : found) names.push_back(workload.name);
  require_matches(entry.names, names, "suite");
  all_names.insert(all_names.end(), names.begin(), names.end());
  run.programs.push_back(std::move(program));
  std::erase_if(found, [&](const WorkloadDefinition& workload) {
    return !chosen(entry.names, workload.name);
  });
  run.workloads.insert(run.workloads.end(), found.begin(), found.end());
}

void add_command(const SuiteCommand& command, RunDefinition& run) {
  ProgramDefinition program;
  program.kind = Kind::kCommand;
  program.path = std::filesystem::absolute(drivers::find_program(command.words.front()));
  run.programs.push_back(std::move(program));
  run.workloads.push_back({command.name,
                           {},
                           run.programs.size() - 1,
                           {command.words.begin() + 1, command.words.end()},
                           "real_time"});
}

/// The parameters of `entry` with those of the command line that the experiment has.
ParameterLists overridden(const SuiteExperiment& entry, const Experiment& experiment,
                          const ParameterLists& overrides) {
  auto parameters = entry.parameters;
  for (const auto& spec : experiment.parameters) {
    const auto found = overrides.find(std::string(spec.name));
    if (found != overrides.end()) parameters[found->first] = found->second;
  }
  return parameters;
}

/// Each parameter of the command line must be one of some experiment's.
void require_known(const ParameterLists& overrides, const std::vector<SuiteExperiment>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    for (const auto& spec : find_experiment(entry.name).parameters) names.emplace_back(spec.name);
  }
  for (const auto& [name, values] : overrides) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw UsageError(fmt::format("--set {}", name),
                     names.empty() ? "the suite has no experiment with parameters"
                                   : "no experiment of the suite has such a parameter",
                     suggest(name, names) + "; `strata list experiments` shows them");
  }
}

/// Turns the parameter `victim`, one of our own workloads, into what the program has to be told.
void choose_victim(const std::vector<WorkloadDescription>& own, WorkloadDefinition& workload) {
  const auto& victim = workload.parameters.at("victim");
  const auto tried = fmt::format("choose victim \"{}\"", victim);
  std::vector<std::string> names;
  for (const auto& one : own) {
    names.push_back(one.name);
    if (one.name != victim) continue;
    if (std::find(one.needs.begin(), one.needs.end(), "peer") != one.needs.end()) {
      throw UsageError(tried, "it needs a peer outside its instance",
                       "choose one that `strata list workloads` shows without");
    }
    const auto min_time = parse_duration(workload.parameters.at("min_time"), "parameter min_time");
    workload.benchmark = one.benchmark;
    workload.arguments = {min_time_argument(min_time)};
    workload.parameters["victim_metric"] = one.metric;
    return;
  }
  throw UsageError(tried, "there is no such workload",
                   suggest(victim, names) + "; `strata list workloads` shows them");
}

void add_experiment(const SuiteExperiment& entry, const ParameterLists& overrides,
                    const Workbench& workbench, RunDefinition& run,
                    std::vector<std::string>& all_names) {
  const auto& experiment = find_experiment(entry.name);
  ProgramDefinition program;
  if (experiment.program == Experiment::Program::kAgent) {
    program.kind = Kind::kCommand;
    program.path = workbench.context().agent;
  } else {
    program.path = workbench.own_workloads();
  }
  run.programs.push_back(std::move(program));
  std::vector<WorkloadDescription> own;
  if (experiment.program == Experiment::Program::kWorkloads) own = workbench.describe_workloads();
  for (const auto& set :
       combine(experiment.name, experiment.parameters, overridden(entry, experiment, overrides))) {
    if (experiment.check != nullptr) experiment.check(set.values);
    WorkloadDefinition workload{
        set.name, {}, run.programs.size() - 1, {}, std::string(experiment.metric)};
    workload.experiment = experiment.name;
    workload.parameters = set.values;
    if (experiment.program == Experiment::Program::kAgent) {
      workload.arguments = {"--version"};
    } else {
      choose_victim(own, workload);
    }
    all_names.push_back(workload.name);
    run.workloads.push_back(std::move(workload));
  }
}

void require_unique_names(const RunDefinition& run) {
  std::vector<std::string> names;
  for (const auto& workload : run.workloads) names.push_back(workload.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw UsageError(fmt::format("plan workload \"{}\"", *twice), "two workloads have that name",
                     "give each command of a suite a name of its own");
  }
}

}  // namespace

bool matches_glob(const std::string& glob, const std::string& name) {
  return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

RunDefinition build_definition(const Suite& suite, const Overrides& overrides,
                               const Workbench& workbench) {
  RunDefinition run;
  run.suite = suite.name;
  run.baseline = suite.baseline;
  constexpr std::uint32_t kMostForPrecision = 200;
  run.precision = overrides.precision;
  run.blocks = overrides.trials.value_or(run.precision ? kMostForPrecision : suite.trials);
  run.budget = overrides.budget ? overrides.budget : suite.budget;
  run.trial_timeout =
      overrides.trial_timeout.value_or(suite.trial_timeout.value_or(RunDefinition{}.trial_timeout));
  run.seed = overrides.seed ? *overrides.seed : drawn_seed();
  run.cpus = suite.cpus.empty() ? usable_cpus() : suite.cpus;
  run.ignore_failure = overrides.ignore_failure;

  auto names = overrides.targets.empty() ? suite.targets : overrides.targets;
  // Without the baseline there is nothing to divide by.
  if (std::find(names.begin(), names.end(), run.baseline) == names.end()) {
    names.insert(names.begin(), run.baseline);
  }
  for (const auto& name : names) {
    const auto same = [&](const Target& target) { return target.name == name; };
    if (std::any_of(run.targets.begin(), run.targets.end(), same)) continue;
    run.targets.push_back(find_target(name, suite.target_definitions));
  }

  std::vector<std::string> all_names;
  for (const auto& entry : suite.workloads) add_workloads(entry, workbench, run, all_names);
  for (const auto& command : suite.commands) {
    add_command(command, run);
    all_names.push_back(command.name);
  }
  require_known(overrides.parameters, suite.experiments);
  for (const auto& entry : suite.experiments) {
    add_experiment(entry, overrides.parameters, workbench, run, all_names);
  }
  require_matches(overrides.workloads, all_names, "--workloads");
  std::erase_if(run.workloads, [&](const WorkloadDefinition& workload) {
    return !chosen(overrides.workloads, workload.name);
  });
  if (run.workloads.empty()) {
    throw UsageError("plan the run", "the suite and --workloads have no workload in common",
                     "`strata list workloads` shows what there is");
  }
  require_unique_names(run);
  return run;
}

}  // namespace strata::bench
