#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/bundle.h"
#include "drivers/driver_table.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// The bundle's files laid out in a folder of their own below `cache`/bundles, named by the
/// bundle's digest; reused if it is there and whole. Each file is checked against its SHA-256 as it
/// is copied. Others may do the same at the same time: the folder appears whole or not at all, and
/// one that others use is never taken away from under them. `run_id` marks what is being made, for
/// clean_laid_out. Throws DeadlineExceeded, and Error if the file system refuses or a file has
/// changed since the bundle was made.
std::filesystem::path lay_out(const Bundle& bundle, const std::filesystem::path& cache,
                              std::string_view run_id, Deadline deadline);

/// Removes what dead runs have left half made below `cache`, and with `all` every laid-out bundle.
/// Returns a line for each thing removed. Throws Error if something could not be.
std::vector<std::string> clean_laid_out(const std::filesystem::path& cache,
                                        const AbandonedTest& is_abandoned, bool all);

}  // namespace strata::drivers
