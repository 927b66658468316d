#pragma once

#include <string>
#include <vector>

#include "results/advice/advice.h"

namespace strata::bench {

/// Loads a profile by its path. Throws UsageError.
results::Profile load_profile(const std::string& file);

/// Reads results for what a profile asks; a folder stands for the result.json in it. Throws
/// UsageError.
std::vector<results::EvidenceRun> read_evidence(const std::vector<std::string>& files,
                                                const results::Profile& profile);

}  // namespace strata::bench
