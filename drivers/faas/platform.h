#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace strata::drivers::faas {

/// A function platform with AWS Lambda's API, and who we are to it.
struct Platform {
  /// Who calls: the key pair that requests are signed with (SigV4).
  struct Keys {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;  ///< may be empty
  };
  std::string endpoint;  ///< "http://127.0.0.1:3001", "https://lambda.eu-central-1.amazonaws.com"
  std::string region;
  std::optional<Keys> keys;  ///< absent: requests are not signed
  /// How many sandboxes a function has, those that are ending or whose function is deleted among
  /// them. Empty where nobody says so: AWS's API does not.
  std::function<std::size_t(const std::string& function)> sandboxes_of;
};

/// A platform with what the usual variables say: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
/// AWS_SESSION_TOKEN; AWS_REGION or AWS_DEFAULT_REGION where `region` is empty (else us-east-1).
/// Throws UsageError if the endpoint is no http:// or https:// address, or half of a key pair is
/// set.
Platform platform_at(std::string endpoint, std::string region);

}  // namespace strata::drivers::faas
