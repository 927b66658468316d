#pragma once

#include <filesystem>

#include "drivers/bundle.h"

namespace strata::drivers {

/// The bundle's files laid out in a folder of their own below `cache`/bundles, named by its digest;
/// reused if it is there. Others may do the same at the same time: the folder appears whole or not
/// at all. Throws Error if the file system refuses.
std::filesystem::path lay_out(const Bundle& bundle, const std::filesystem::path& cache);

/// Removes everything lay_out made; whether there was any.
bool remove_laid_out(const std::filesystem::path& cache);

}  // namespace strata::drivers
