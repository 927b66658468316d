#pragma once

#include <string>

#include "drivers/bundle.h"
#include "drivers/docker/engine_client.h"

namespace strata::drivers {

/// The name of the image of a bundle: "strata:" and the beginning of the bundle's digest.
std::string image_name(const Bundle& bundle);

/// Sees to it that the engine has the bundle's image, and makes it if need be. Throws Error.
void provide_image(EngineClient& engine, const Bundle& bundle, Deadline deadline);

}  // namespace strata::drivers
