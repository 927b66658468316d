#pragma once

#include <vector>

#include "results/comparison.h"
#include "results/journal.h"

namespace strata::results {

/// Everything in which two runs differ beside what they measured, what matters first: facts of the
/// machine, of targets and their options, programs, the suite, Strata's own version.
std::vector<RunDifference> differences_of(const RunHeader& first, const RunHeader& second);

}  // namespace strata::results
