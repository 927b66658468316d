#pragma once

#include <nlohmann/json.hpp>

#include "results/result.h"

namespace strata::results {

/// The summary as it stands in a result, and as `--json` prints it.
void to_json(nlohmann::json& json, const Summary& summary);
/// Throws nlohmann::json::exception for what is missing or of another type.
void from_json(const nlohmann::json& json, Summary& summary);

}  // namespace strata::results
