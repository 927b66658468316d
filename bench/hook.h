#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::bench {

/// Runs a command of the user's (looked up along $PATH, no shell) with a file as its stdin and
/// waits for it. Its output goes to ours. Throws Error if it can't be started, fails or takes
/// longer than `limit`: it is killed then, with all of its process group.
void run_hook(const std::vector<std::string>& words, const std::filesystem::path& input,
              Duration limit);

}  // namespace strata::bench
