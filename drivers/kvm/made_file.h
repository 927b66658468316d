#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver_table.h"

namespace strata::drivers {

/// Has `make` make something at a temporary path beside `path` and puts it there in one step,
/// unless it is there already: others see it whole or not at all. What is made is a file or a
/// folder; if `make` throws, nothing of it is left. `run_id` is in the temporary name, for
/// clean_made. Throws Error, and what `make` throws.
void provide_made(const std::filesystem::path& path, std::string_view run_id,
                  const std::function<void(const std::filesystem::path&)>& make);

/// Removes what dead runs have left half made in `folder`, and with `all` what is finished, too.
/// Returns a line for each thing removed. Throws Error if something could not be.
std::vector<std::string> clean_made(const std::filesystem::path& folder,
                                    const AbandonedTest& is_abandoned, bool all);

}  // namespace strata::drivers
