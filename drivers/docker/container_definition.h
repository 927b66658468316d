#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// The options of a docker target.
extern const std::array<OptionSpec, 11> kDockerOptions;

/// Throws UsageError for an option value that cannot be, other than those of ContainerNetwork.
void require_docker_options(const Target& target);

/// What is marked on everything we create: containers and networks with the run's id, images with
/// the bundle's digest.
inline constexpr auto kRunLabel = "strata.run";
inline constexpr auto kBundleLabel = "strata.bundle";

/// What one container is made of.
struct ContainerRecipe {
  std::string image;
  Limits limits;
  /// A folder of this host that the scratch folder is to be; only with scratch = "host".
  std::filesystem::path scratch;
};

/// The body of POST /containers/create for an instance of `target`, apart from its network: removed
/// by the engine when it ends, with its streams attached, so that a container whose owner was
/// killed goes by itself.
nlohmann::json container_definition(const Target& target, const std::string& run_id,
                                    const ContainerRecipe& recipe);

}  // namespace strata::drivers
