#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "results/journal.h"

namespace strata::results {

/// The parts of a run that stand alike in a journal and in a result. from_json throws
/// nlohmann::json::exception for what is missing or of another type.
void to_json(nlohmann::json& json, const RunHeader& header);
void from_json(const nlohmann::json& json, RunHeader& header);
void to_json(nlohmann::json& json, const RunFooter& footer);
void from_json(const nlohmann::json& json, RunFooter& footer);

/// "lower" or "higher"; throws nlohmann::json::exception for anything else.
Better better_from(const nlohmann::json& json);
std::string_view text_of(Better better);

}  // namespace strata::results

namespace strata {

void to_json(nlohmann::json& json, const Failure& failure);
void from_json(const nlohmann::json& json, Failure& failure);

}  // namespace strata
