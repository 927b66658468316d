#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace strata::plots {

/// A result as a page carries it: gzip in Base64. Empty if it is larger than `limit`
/// (unpacked bytes), since a report that people send each other has to stay small. Throws Error if
/// it can't be read.
std::string raw_result(const std::filesystem::path& result, std::size_t limit);

}  // namespace strata::plots
