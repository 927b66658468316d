#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// What one container is made of.
struct RuntimeRecipe {
  std::string id;                 ///< also its cgroup's name
  std::string run_id;             ///< marks its processes
  std::filesystem::path root;     ///< its root folder
  std::filesystem::path scratch;  ///< a folder of this host for it; only with scratch = "host"
  Limits limits;
  bool limits_swap = true;             ///< whether the kernel accounts for swap
  std::uint64_t own_capabilities = 0;  ///< a mask of what this process could give away
};

/// A bundle's config.json (runtime specification 1.0): what the Docker engine would have written
/// for the same options. `filter` is the filter of system calls, null if there is to be none.
nlohmann::json runtime_config(const Target& target, const RuntimeRecipe& recipe,
                              const nlohmann::json& filter);

/// The names of the capabilities that the mask has: "CAP_CHOWN", …
std::vector<std::string> capability_names(std::uint64_t mask);

/// The capabilities that a container has by default, as Docker chose them.
const std::vector<std::string>& default_capabilities();

}  // namespace strata::drivers
