#include "drivers/faas/emulator/function.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

using Json = nlohmann::json;

Json stored(const FunctionVersion& version) {
  return {{"name", version.name},
          {"version", version.version},
          {"arn", version.arn},
          {"runtime", version.runtime},
          {"handler", version.handler},
          {"role", version.role},
          {"description", version.description},
          {"timeout_s", version.timeout_s},
          {"memory_mb", version.memory_mb},
          {"environment", version.environment},
          {"code_digest", version.code_digest},
          {"code_sha256", version.code_sha256},
          {"code_size", version.code_size},
          {"last_modified", version.last_modified},
          {"revision_id", version.revision_id},
          {"snap_start", version.snap_start},
          {"architecture", version.architecture}};
}

std::shared_ptr<const FunctionVersion> version_from(const Json& json) {
  auto version = std::make_shared<FunctionVersion>();
  json.at("name").get_to(version->name);
  json.at("version").get_to(version->version);
  json.at("arn").get_to(version->arn);
  json.at("runtime").get_to(version->runtime);
  json.at("handler").get_to(version->handler);
  json.at("role").get_to(version->role);
  json.at("description").get_to(version->description);
  json.at("timeout_s").get_to(version->timeout_s);
  json.at("memory_mb").get_to(version->memory_mb);
  json.at("environment").get_to(version->environment);
  json.at("code_digest").get_to(version->code_digest);
  json.at("code_sha256").get_to(version->code_sha256);
  json.at("code_size").get_to(version->code_size);
  json.at("last_modified").get_to(version->last_modified);
  json.at("revision_id").get_to(version->revision_id);
  json.at("snap_start").get_to(version->snap_start);
  json.at("architecture").get_to(version->architecture);
  return version;
}

template <typename Number>
Json optional_number(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

std::optional<std::uint32_t> optional_number(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<std::uint32_t>();
}

}  // namespace

std::string FunctionVersion::qualified_arn() const { return fmt::format("{}:{}", arn, version); }

Json to_json(const Function& function) {
  Json json{{"latest", stored(*function.latest)},
            {"versions", Json::array()},
            {"last_version", function.last_version},
            {"aliases", Json::array()},
            {"reserved_concurrency", optional_number(function.reserved_concurrency)},
            {"provisioned", function.provisioned},
            {"event_configs", Json::object()},
            {"urls", Json::object()},
            {"tags", function.tags}};
  for (const auto& [number, version] : function.versions) {
    json["versions"].push_back(stored(*version));
  }
  for (const auto& [name, alias] : function.aliases) {
    json["aliases"].push_back({{"name", alias.name},
                               {"version", alias.version},
                               {"description", alias.description},
                               {"revision_id", alias.revision_id},
                               {"additional_weights", alias.additional_weights}});
  }
  for (const auto& [qualifier, config] : function.event_configs) {
    json["event_configs"][qualifier] = {
        {"maximum_retry_attempts", optional_number(config.maximum_retry_attempts)},
        {"maximum_event_age_s", optional_number(config.maximum_event_age_s)},
        {"on_failure", config.on_failure},
        {"on_success", config.on_success},
        {"last_modified", config.last_modified}};
  }
  for (const auto& [qualifier, url] : function.urls) {
    json["urls"][qualifier] = {{"id", url.id},
                               {"auth_type", url.auth_type},
                               {"invoke_mode", url.invoke_mode},
                               {"creation_time", url.creation_time}};
  }
  return json;
}

Function function_from_json(const Json& json) try {
  Function function;
  function.latest = version_from(json.at("latest"));
  for (const auto& one : json.at("versions")) {
    auto version = version_from(one);
    const auto number = static_cast<std::uint32_t>(std::stoul(version->version));
    function.versions[number] = std::move(version);
  }
  json.at("last_version").get_to(function.last_version);
  for (const auto& one : json.at("aliases")) {
    Alias alias;
    one.at("name").get_to(alias.name);
    one.at("version").get_to(alias.version);
    one.at("description").get_to(alias.description);
    one.at("revision_id").get_to(alias.revision_id);
    one.at("additional_weights").get_to(alias.additional_weights);
    function.aliases[alias.name] = alias;
  }
  function.reserved_concurrency = optional_number(json.at("reserved_concurrency"));
  json.at("provisioned").get_to(function.provisioned);
  for (const auto& [qualifier, one] : json.at("event_configs").items()) {
    EventInvokeConfig config;
    config.maximum_retry_attempts = optional_number(one.at("maximum_retry_attempts"));
    config.maximum_event_age_s = optional_number(one.at("maximum_event_age_s"));
    one.at("on_failure").get_to(config.on_failure);
    one.at("on_success").get_to(config.on_success);
    one.at("last_modified").get_to(config.last_modified);
    function.event_configs[qualifier] = config;
  }
  for (const auto& [qualifier, one] : json.at("urls").items()) {
    FunctionUrl url;
    one.at("id").get_to(url.id);
    one.at("auth_type").get_to(url.auth_type);
    one.at("invoke_mode").get_to(url.invoke_mode);
    one.at("creation_time").get_to(url.creation_time);
    function.urls[qualifier] = url;
  }
  json.at("tags").get_to(function.tags);
  return function;
} catch (const std::exception& error) {  // nlohmann's, and std::stoul's
  throw Error("read a function that was stored", error.what(),
              "the data directory is another program's or damaged: use another one");
}

Json shown(const FunctionVersion& version) {
  Json json{{"FunctionName", version.name},
            {"FunctionArn", version.version == kLatest ? version.arn : version.qualified_arn()},
            {"Runtime", version.runtime},
            {"Role", version.role},
            {"Handler", version.handler},
            {"CodeSize", version.code_size},
            {"Description", version.description},
            {"Timeout", version.timeout_s},
            {"MemorySize", version.memory_mb},
            {"LastModified", version.last_modified},
            {"CodeSha256", version.code_sha256},
            {"Version", version.version},
            {"TracingConfig", {{"Mode", "PassThrough"}}},
            {"RevisionId", version.revision_id},
            {"State", "Active"},
            {"LastUpdateStatus", "Successful"},
            {"PackageType", "Zip"},
            {"Architectures", {version.architecture}},
            {"EphemeralStorage", {{"Size", 512}}},
            {"SnapStart", {{"ApplyOn", version.snap_start}, {"OptimizationStatus", "Off"}}}};
  if (!version.environment.empty()) json["Environment"] = {{"Variables", version.environment}};
  return json;
}

Json shown(const Function& function, const Alias& alias) {
  Json json{{"AliasArn", fmt::format("{}:{}", function.latest->arn, alias.name)},
            {"Name", alias.name},
            {"FunctionVersion", alias.version},
            {"Description", alias.description},
            {"RevisionId", alias.revision_id}};
  if (!alias.additional_weights.empty()) {
    json["RoutingConfig"] = {{"AdditionalVersionWeights", alias.additional_weights}};
  }
  return json;
}

Json shown(const Function& function, const std::string& qualifier,
           const EventInvokeConfig& config) {
  Json destinations = Json::object();
  if (!config.on_failure.empty()) destinations["OnFailure"] = {{"Destination", config.on_failure}};
  if (!config.on_success.empty()) destinations["OnSuccess"] = {{"Destination", config.on_success}};
  Json json{{"FunctionArn", fmt::format("{}:{}", function.latest->arn, qualifier)},
            {"DestinationConfig", destinations}};
  // Seconds since the epoch, as a number: that is how this one API of AWS has it.
  json["LastModified"] = std::stod(config.last_modified);
  if (config.maximum_retry_attempts) json["MaximumRetryAttempts"] = *config.maximum_retry_attempts;
  if (config.maximum_event_age_s) json["MaximumEventAgeInSeconds"] = *config.maximum_event_age_s;
  return json;
}

std::string new_uuid() {
  thread_local std::mt19937_64 random = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "00000000-0000-4000-8000-000000000000";
  std::uint64_t bits = 0;
  int left = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-' || i == 14) continue;
    if (left == 0) {
      bits = random();
      left = 16;
    }
    const auto digit = bits & 15U;
    bits >>= 4U;
    --left;
    text[i] = kDigits[i == 19 ? 8U + (digit & 3U) : digit];
  }
  return text;
}

std::string timestamp_text() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+0000",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), milliseconds);
}

}  // namespace strata::drivers::faas::emulator
