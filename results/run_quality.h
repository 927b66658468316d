#pragma once

#include <span>
#include <string>
#include <vector>

#include "results/measurements.h"

namespace strata::results {

/// Correlation of each value with the next, from -1 to 1; 0 for fewer than 3 or equal values.
double lag_one_correlation(std::span<const double> values);

/// What speaks against taking the blocks of a run for independent: differences to the baseline that
/// follow each other (tested on ranks at 1 %, corrected for the number of cells), cells that were
/// slower or faster in the first third than in the last (rank sum, likewise), trials that ran under
/// disturbance. A sentence each; empty if nothing does.
struct CellOverBlocks {
  std::string name;                 ///< "os/getppid@docker"
  std::vector<double> costs;        ///< logarithms, by block
  std::vector<double> differences;  ///< to the baseline's, by block
};
std::vector<std::string> doubts_about(const std::vector<CellOverBlocks>& cells);

/// "31 of 240 trials ran under disturbance (…)"; empty if none did.
std::string disturbed_trials(const Measurements& measurements);

}  // namespace strata::results
