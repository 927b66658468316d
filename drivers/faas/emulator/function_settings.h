#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "drivers/faas/emulator/function.h"

namespace strata::drivers::faas::emulator {

/// A request's body as a JSON object; an empty one counts as {}. Throws ApiError for what is none.
nlohmann::json parse_object(const std::string& body);

/// A member of it; nothing if it is missing or null. Throws ApiError if it is of another type or
/// out of range.
std::optional<std::string> text_member(const nlohmann::json& object, const char* name);
std::optional<std::uint32_t> number_member(const nlohmann::json& object, const char* name,
                                           std::uint32_t least, std::uint32_t most);

/// Takes what a Create or UpdateFunctionConfiguration says into `version`: runtime, handler, role,
/// description, timeout, memory, environment, SnapStart. Throws ApiError for what can't be.
void apply_settings(const nlohmann::json& object, FunctionVersion& version);

/// Takes Architectures; throws ApiError unless it is this host's.
void apply_architecture(const nlohmann::json& object, FunctionVersion& version);

/// What PutFunctionEventInvokeConfig says. Throws ApiError.
void apply_event_config(const nlohmann::json& object, EventInvokeConfig& config);

/// What Create- and UpdateAlias say, for aliases of `function`. Throws ApiError.
void apply_alias(const nlohmann::json& object, const Function& function, Alias& alias);

}  // namespace strata::drivers::faas::emulator
