#include "drivers/faas/emulator/function_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/function_name.h"
#include "drivers/faas/emulator/function_store.h"
#include "drivers/printable.h"

namespace strata::drivers::faas::emulator {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 3> kRuntimes{"provided", "provided.al2", "provided.al2023"};
constexpr std::size_t kMostEnvironment = 4096;
constexpr std::size_t kLongestDescription = 256;
constexpr std::size_t kLongestHandler = 128;

#if defined(__aarch64__)
constexpr auto kArchitecture = "arm64";
#else
constexpr auto kArchitecture = "x86_64";
#endif

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

ApiError wrong_type(const char* name) {
  return {400, "SerializationException", fmt::format("{} is of the wrong type", name)};
}

ApiError validation(const char* name, const std::string& value, const std::string& constraint) {
  return {400, "ValidationException",
          fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                      "constraint: {}",
                      printable(value.substr(0, 200)), name, constraint)};
}

bool is_variable_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return name.size() >= 2 && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_reserved(const std::string& name) {
  static constexpr std::array<std::string_view, 16> kReserved{"_HANDLER",
                                                              "_X_AMZN_TRACE_ID",
                                                              "AWS_DEFAULT_REGION",
                                                              "AWS_REGION",
                                                              "AWS_EXECUTION_ENV",
                                                              "AWS_LAMBDA_FUNCTION_NAME",
                                                              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                              "AWS_LAMBDA_FUNCTION_VERSION",
                                                              "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                              "AWS_LAMBDA_LOG_GROUP_NAME",
                                                              "AWS_LAMBDA_LOG_STREAM_NAME",
                                                              "AWS_ACCESS_KEY_ID",
                                                              "AWS_SECRET_ACCESS_KEY",
                                                              "AWS_LAMBDA_RUNTIME_API",
                                                              "LAMBDA_TASK_ROOT",
                                                              "LAMBDA_RUNTIME_DIR"};
  return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

void apply_environment(const Json& object, FunctionVersion& version) {
  const auto* const environment = member(object, "Environment");
  if (environment == nullptr) return;
  if (!environment->is_object()) throw wrong_type("Environment");
  version.environment.clear();
  const auto* const variables = member(*environment, "Variables");
  if (variables == nullptr) return;
  if (!variables->is_object()) throw wrong_type("Environment.Variables");
  constexpr std::string_view kBegin =
      "Lambda was unable to configure your environment variables because the environment variables "
      "you have provided ";
  std::size_t size = 0;
  for (const auto& [name, value] : variables->items()) {
    if (!value.is_string()) throw wrong_type("Environment.Variables");
    const auto& text = value.get_ref<const std::string&>();
    if (!is_variable_name(name) || text.find('\0') != std::string::npos) {
      throw validation("environment.variables", name,
                       "Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+");
    }
    if (is_reserved(name)) {
      throw invalid_parameter(fmt::format(
          "{}contains reserved keys that are currently not supported for modification. Reserved "
          "keys used in this request: {}",
          kBegin, name));
    }
    size += name.size() + text.size();
    version.environment[name] = text;
  }
  if (size > kMostEnvironment) {
    throw invalid_parameter(fmt::format("{}exceeded the 4KB limit.", kBegin));
  }
}

}  // namespace

Json parse_object(const std::string& body) {
  if (body.empty()) return Json::object();
  auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    throw ApiError(400, "InvalidRequestContentException",
                   "Could not parse request body into json: it is no JSON object");
  }
  return json;
}

std::optional<std::string> text_member(const Json& object, const char* name) {
  const auto* const value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw wrong_type(name);
  return value->get<std::string>();
}

std::optional<std::uint32_t> number_member(const Json& object, const char* name,
                                           std::uint32_t least, std::uint32_t most) {
  const auto* const value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) throw wrong_type(name);
  const bool fits = value->is_number_unsigned() && value->get<std::uint64_t>() >= least &&
                    value->get<std::uint64_t>() <= most;
  if (!fits) {
    throw validation(name, value->dump(),
                     fmt::format("Member must have value from {} to {}", least, most));
  }
  return value->get<std::uint32_t>();
}

void apply_settings(const Json& object, FunctionVersion& version) {
  if (const auto runtime = text_member(object, "Runtime")) {
    if (std::find(kRuntimes.begin(), kRuntimes.end(), *runtime) == kRuntimes.end()) {
      throw invalid_parameter(fmt::format(
          "Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
          "[{}]",
          printable(runtime->substr(0, 100)), fmt::join(kRuntimes, ", ")));
    }
    version.runtime = *runtime;
  }
  if (const auto handler = text_member(object, "Handler")) {
    if (handler->size() > kLongestHandler || handler->find('\0') != std::string::npos) {
      throw validation("handler", *handler, "Member must have length less than or equal to 128");
    }
    version.handler = *handler;
  }
  if (const auto role = text_member(object, "Role")) version.role = *role;
  if (const auto description = text_member(object, "Description")) {
    if (description->size() > kLongestDescription) {
      throw validation("description", *description,
                       "Member must have length less than or equal to 256");
    }
    version.description = *description;
  }
  if (const auto timeout = number_member(object, "Timeout", 1, 900)) version.timeout_s = *timeout;
  if (const auto memory = number_member(object, "MemorySize", 128, 10240)) {
    version.memory_mb = *memory;
  }
  apply_environment(object, version);
  if (const auto* const snap_start = member(object, "SnapStart")) {
    if (!snap_start->is_object()) throw wrong_type("SnapStart");
    const auto apply_on = text_member(*snap_start, "ApplyOn").value_or("None");
    if (apply_on != "None" && apply_on != "PublishedVersions") {
      throw validation("snapStart.applyOn", apply_on,
                       "Member must satisfy enum value set: [PublishedVersions, None]");
    }
    version.snap_start = apply_on;
  }
  if (const auto* const package = member(object, "PackageType"); package && *package != "Zip") {
    throw invalid_parameter("This emulator takes functions of PackageType Zip only.");
  }
}

void apply_architecture(const Json& object, FunctionVersion& version) {
  version.architecture = kArchitecture;
  const auto* const all = member(object, "Architectures");
  if (all == nullptr) return;
  if (!all->is_array() || all->size() != 1 || all->front() != kArchitecture) {
    throw invalid_parameter(
        fmt::format("Architectures has to be [\"{}\"] on this host.", kArchitecture));
  }
}

void apply_event_config(const Json& object, EventInvokeConfig& config) {
  if (const auto retries = number_member(object, "MaximumRetryAttempts", 0, 2)) {
    config.maximum_retry_attempts = retries;
  }
  if (const auto age = number_member(object, "MaximumEventAgeInSeconds", 60, 21600)) {
    config.maximum_event_age_s = age;
  }
  const auto destination = [](const Json& destinations, const char* name) -> std::string {
    const auto* const one = member(destinations, name);
    if (one == nullptr) return {};
    if (!one->is_object()) throw wrong_type(name);
    auto text = text_member(*one, "Destination").value_or("");
    constexpr std::string_view kFile = "file:///";
    if (!text.empty() && !text.starts_with(kFile)) parse_function_name(text);
    return text;
  };
  if (const auto* const destinations = member(object, "DestinationConfig")) {
    if (!destinations->is_object()) throw wrong_type("DestinationConfig");
    config.on_failure = destination(*destinations, "OnFailure");
    config.on_success = destination(*destinations, "OnSuccess");
  }
  config.last_modified = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                            std::chrono::system_clock::now().time_since_epoch())
                                            .count());
}

void apply_alias(const Json& object, const Function& function, Alias& alias) {
  if (const auto version = text_member(object, "FunctionVersion")) {
    if (function.aliases.contains(*version)) throw not_found("Function not found: " + *version);
    FunctionStore::version_of(function, *version);
    alias.version = *version;
  }
  if (alias.version.empty()) {
    throw validation("functionVersion", "", "Member must not be null");
  }
  if (const auto description = text_member(object, "Description")) {
    alias.description = *description;
  }
  if (const auto* const routing = member(object, "RoutingConfig")) {
    if (!routing->is_object()) throw wrong_type("RoutingConfig");
    alias.additional_weights.clear();
    if (const auto* const weights = member(*routing, "AdditionalVersionWeights")) {
      if (!weights->is_object() || weights->size() > 1) {
        throw invalid_parameter(
            "Number of items in AdditionalVersionWeights cannot be greater than 1");
      }
      for (const auto& [version, weight] : weights->items()) {
        if (!weight.is_number() || weight.get<double>() < 0 || weight.get<double>() > 1) {
          throw validation("routingConfig", weight.dump(),
                           "Member must have value from 0.0 to 1.0");
        }
        FunctionStore::version_of(function, version);
        alias.additional_weights[version] = weight.get<double>();
      }
    }
  }
  alias.revision_id = new_uuid();
}

}  // namespace strata::drivers::faas::emulator
