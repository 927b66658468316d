#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/target.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// A program that trials run, and how to read what it says.
struct ProgramDefinition {
  enum class Kind {
    kGoogleBenchmark,  ///< run with a filter for one benchmark; its JSON is the measurement
    kCommand,          ///< any command; how it ended and what it used is the measurement
  };
  Kind kind = Kind::kGoogleBenchmark;
  std::filesystem::path path;               ///< absolute
  std::vector<std::filesystem::path> with;  ///< further files for the bundle
  bool operator==(const ProgramDefinition&) const = default;
};

/// One workload as a run carries it out.
struct WorkloadDefinition {
  std::string name;         ///< unique in the run
  std::string benchmark;    ///< what the program calls it; empty for a command
  std::size_t program = 0;  ///< index into RunDefinition::programs
  std::vector<std::string>
      arguments;  ///< after the program's own words; the filter is added by the runner
  std::string metric = "real_time";  ///< the headline metric
  /// What carries its trials out, see experiments/experiment.h; empty: one run of the program in a
  /// fresh instance.
  std::string experiment = {};
  std::map<std::string, std::string> parameters = {};  ///< of the experiment; complete
  /// Which end of a network sits in the instance, "client" or "server"; the host has the other, see
  /// peer_run.h. Empty: no other end.
  std::string inside = {};
  bool operator==(const WorkloadDefinition&) const = default;
};

/// All that is needed to carry out a run, or to go on with it after a crash.
struct RunDefinition {
  std::string suite;
  std::string baseline;
  std::uint32_t blocks = 0;
  std::uint64_t seed = 0;
  /// Stop once every interval is that narrow, see PrecisionRule; absent: carry out all blocks.
  std::optional<double> precision;
  std::optional<Duration> budget;  ///< stop starting blocks that would not fit into it
  Duration trial_timeout = std::chrono::minutes(2);  ///< of one program run
  std::vector<std::uint32_t>
      cpus;                     ///< CPUs every program is pinned to, in every paradigm; empty: all
  bool ignore_failure = false;  ///< a command's non-zero exit is a result, not a failure
  std::vector<Target> targets;
  std::vector<ProgramDefinition> programs;
  std::vector<WorkloadDefinition> workloads;
  bool operator==(const RunDefinition&) const = default;
};

/// One line of JSON, for RunHeader::definition.
std::string to_json_text(const RunDefinition& definition);
/// The other way round. Throws Error naming the field that is missing or wrong.
RunDefinition definition_from_json_text(const std::string& text);

}  // namespace strata::bench
