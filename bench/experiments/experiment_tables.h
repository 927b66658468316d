#pragma once

#include <filesystem>
#include <string>

#include "results/result.h"

namespace strata::bench {

/// What the experiments of a run show beside the overhead table: curves as small tables, phases,
/// ratios. Empty if it has none. Reads the result where trials one by one are needed; throws as
/// results::read_result().
std::string experiment_tables(const results::ResultHead& head,
                              const std::filesystem::path& result_file, bool colour);

}  // namespace strata::bench
