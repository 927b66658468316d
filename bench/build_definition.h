#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/definition.h"
#include "bench/suite.h"
#include "bench/workbench.h"

namespace strata::bench {

/// What the command line says over the suite.
struct Overrides {
  std::vector<std::string> targets;    ///< empty: the suite's
  std::vector<std::string> workloads;  ///< globs; empty: the suite's
  std::optional<std::uint32_t> trials;
  /// Go on until every interval is that narrow; without `trials`, for 200 blocks at most.
  std::optional<double> precision;
  std::optional<Duration> budget;
  std::optional<Duration> trial_timeout;
  std::optional<std::uint64_t> seed;  ///< absent: drawn from the kernel
  bool ignore_failure = false;
  ParameterLists parameters;  ///< of the suite's experiments
};

/// Turns a suite into the definition of a run: names resolved, workloads listed, baseline among the
/// targets, CPUs chosen (all but the first where there are more than two). Throws UsageError for a
/// target or workload that is not there, Error if a program could not be listed.
RunDefinition build_definition(const Suite& suite, const Overrides& overrides,
                               const Workbench& workbench);

/// Whether `name` matches a shell glob, in which '*' also matches '/'.
bool matches_glob(const std::string& glob, const std::string& name);

}  // namespace strata::bench
