#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "bench/build_definition.h"
#include "bench/commands/command.h"
#include "bench/session.h"

namespace strata::bench {

/// The flags that `strata run` and `strata time` share.
struct RunOptions {
  std::vector<std::string> targets;
  std::uint32_t trials = 0;  ///< 0: the suite's
  std::string precision;
  std::string budget;
  std::string trial_timeout;
  std::string seed;
  std::string out;
  bool json = false;

  void add_to(CLI::App& command);
  /// Throws UsageError for what can't be read.
  [[nodiscard]] Overrides overrides() const;
};

/// Starts a session, prints its table and remarks (or JSON), and returns the exit code: 1 if a
/// trial failed, 130 if it was interrupted.
int carry_out(const RunDefinition& definition, const SessionOptions& session,
              const Workbench& workbench, const RunOptions& options);
int carry_on(const std::string& resumed_folder, const RunOptions& options);

}  // namespace strata::bench
