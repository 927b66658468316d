#pragma once

#include <string>
#include <vector>

namespace strata::drivers::testing {

/// How a command ended and what it printed on stdout.
struct CommandResult {
  int status = -1;  ///< as wait(2) gives it; -1 if it could not be started
  std::string output;
};

/// Runs a command, looked up along $PATH, with nothing to read. For the peers that our own findings
/// are compared with.
CommandResult run_command(const std::vector<std::string>& words);

}  // namespace strata::drivers::testing
