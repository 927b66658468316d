#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/result.h"
#include "results/vocabulary/target.h"

namespace strata::bench {

/// A target that differs in one option from another, and so tells what that option costs.
struct Rung {
  std::string target;
  std::string from;    ///< the target it is held against
  std::string option;  ///< "seccomp: off", "network: bridge"; "pids: none" where only `from` has it
};

/// The rungs that lead away from the baseline: targets of its driver with one option changed, and
/// those that change one more of these. In the order of `targets`.
std::vector<Rung> rungs_of(const std::vector<Target>& targets, const std::string& baseline);

/// What each rung's option gives back or takes, in startup and in the headline metric of each
/// workload: the ratio of costs, paired by block, with its interval. Empty if there is no rung.
/// Reads the result; throws as results::read_result().
std::string ladder_table(const results::ResultHead& head, const std::filesystem::path& result_file,
                         bool colour);

}  // namespace strata::bench
