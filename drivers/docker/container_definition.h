#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// The options of a docker target.
extern const std::array<OptionSpec, 3> kDockerOptions;

/// Throws UsageError for an option value that cannot be.
void require_docker_options(const Target& target);

/// What is marked on everything we create: containers with the run's id, images with the bundle's
/// digest.
inline constexpr auto kRunLabel = "strata.run";
inline constexpr auto kBundleLabel = "strata.bundle";

/// The body of POST /containers/create for an instance of `target`: removed by the engine when it
/// ends, with its streams attached, so that a container whose owner was killed goes by itself.
nlohmann::json container_definition(const Target& target, const std::string& run_id,
                                    const std::string& image, const Limits& limits);

}  // namespace strata::drivers
