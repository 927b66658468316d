#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

inline constexpr const char* kLatest = "$LATEST";

/// One version of a function: what a sandbox is made from. Never changed once it is shared.
struct FunctionVersion {
  std::string name;
  std::string version = kLatest;  ///< "$LATEST", "1", "2", …
  std::string arn;                ///< unqualified
  std::string runtime = "provided.al2023";
  std::string handler;
  std::string role;
  std::string description;
  std::uint32_t timeout_s = 3;
  std::uint32_t memory_mb = 128;
  std::map<std::string, std::string> environment;
  std::string code_digest;  ///< names the folder of its files; see CodeStore
  std::string code_sha256;  ///< of the zip, in Base64, as AWS has it
  std::uint64_t code_size = 0;
  std::string last_modified;  ///< "2026-01-31T12:00:00.000+0000"
  std::string revision_id;
  std::string snap_start = "None";
  std::string architecture;

  bool operator==(const FunctionVersion&) const = default;
  [[nodiscard]] Duration timeout() const { return std::chrono::seconds(timeout_s); }
  [[nodiscard]] std::string qualified_arn() const;
};

/// A name for a version, or for two of them with a share of invocations for the second.
struct Alias {
  std::string name;
  std::string version;
  std::string description;
  std::string revision_id;
  std::map<std::string, double> additional_weights;  ///< at most one
};

/// What becomes of event invocations.
struct EventInvokeConfig {
  std::optional<std::uint32_t> maximum_retry_attempts;
  std::optional<std::uint32_t> maximum_event_age_s;
  std::string on_failure;  ///< a function's ARN, or file:///path; empty: nothing
  std::string on_success;
  std::string last_modified;
};

struct FunctionUrl {
  std::string id;  ///< what the host name begins with
  std::string auth_type = "NONE";
  std::string invoke_mode = "BUFFERED";
  std::string creation_time;
};

/// Everything there is of one function.
struct Function {
  std::shared_ptr<const FunctionVersion> latest;
  std::map<std::uint32_t, std::shared_ptr<const FunctionVersion>> versions;
  std::uint32_t last_version = 0;  ///< numbers are never used again
  std::map<std::string, Alias> aliases;
  std::optional<std::uint32_t> reserved_concurrency;
  std::map<std::string, std::uint32_t> provisioned;        ///< by alias or version
  std::map<std::string, EventInvokeConfig> event_configs;  ///< by qualifier
  std::map<std::string, FunctionUrl> urls;                 ///< by qualifier
  std::map<std::string, std::string> tags;
};

/// As it is stored; read back by function_from_json, which throws Error for what is none.
nlohmann::json to_json(const Function& function);
Function function_from_json(const nlohmann::json& json);

/// As AWS shows them.
nlohmann::json shown(const FunctionVersion& version);
nlohmann::json shown(const Function& function, const Alias& alias);
nlohmann::json shown(const Function& function, const std::string& qualifier,
                     const EventInvokeConfig& config);

/// A new random id: "d2c5b9d0-3b7e-4a53-9d0e-0d9f6c9d1c55". Thread-safe.
std::string new_uuid();
/// Now, as AWS writes it in configurations.
std::string timestamp_text();

}  // namespace strata::drivers::faas::emulator
