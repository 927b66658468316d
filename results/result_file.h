#pragma once

#include <filesystem>

namespace strata::results {

/// The file that a user means: of a folder its result.json or, packed, result.json.gz; else the
/// path itself. Whether it is there is for its reader to say.
std::filesystem::path result_file(const std::filesystem::path& path);

}  // namespace strata::results
