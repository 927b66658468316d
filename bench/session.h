#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/definition.h"
#include "bench/progress.h"
#include "bench/runner.h"
#include "bench/stop_rule.h"
#include "bench/workbench.h"
#include "results/result.h"

namespace strata::bench {

/// How a session is carried out, apart from what it measures.
struct SessionOptions {
  std::filesystem::path out;  ///< folder of journal.jsonl and result.json
  std::string command_line;   ///< stored in the result
  std::vector<std::string>
      required_targets;          ///< named by the user: unavailable is an error, not a note
  MakeStopRule stop_rule = {};   ///< empty: the definition's precision, if it has one
  std::string started_utc = {};  ///< stored as the run's beginning; empty: now
};

/// What became of it.
struct SessionResult {
  results::ResultHead head;
  std::filesystem::path result_file;
  RunEnd end;
};

/// Carries out a run from its definition to its result.json: probes the targets (those that can't
/// run here are left out and said), prepares programs, captures the environment, journals every
/// trial. Throws UsageError if `out` holds a run, Error if the baseline can't run here.
SessionResult start_session(const RunDefinition& definition, const SessionOptions& options,
                            const Workbench& workbench, Progress& progress);

/// Goes on with the run that `out` holds. Throws UsageError if there is none, if another process is
/// working on it, or if a program has changed since.
SessionResult resume_session(const std::filesystem::path& out, Clock& clock, Progress& progress);

}  // namespace strata::bench
