#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace strata::plots {

/// How a program ended, and what it said.
struct ProgramAnswer {
  int exit_code = 0;  ///< 128 and the signal's number for one that was killed
  std::string output;
  std::string errors;
};

/// Runs a program found in PATH with `input` as its standard input, and waits. Throws Error if it
/// can't be started (`remedy` says how to come by it) or is not done in time: it is killed then,
/// with all that it started in its process group.
ProgramAnswer run_program(const std::vector<std::string>& words, const std::string& input,
                          std::chrono::seconds limit, const std::string& remedy);

}  // namespace strata::plots
