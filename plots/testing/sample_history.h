#pragma once

#include <filesystem>

namespace strata::plots::testing {

/// Writes a history of `nights` runs with `cells` cells each besides startup: the second cell
/// becomes 15 % dearer two thirds of the way, and the machine changes after the first third.
void write_sample_history(const std::filesystem::path& file, std::size_t nights, std::size_t cells);

}  // namespace strata::plots::testing
