#include "drivers/faas/platform.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Platform platform_at(std::string endpoint, std::string region) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string_view text = endpoint;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if ((scheme != "http" && scheme != "https") || text.size() <= scheme.size() + 3 ||
      text.find_first_of(" \t\r\n?#@") != std::string_view::npos) {
    throw UsageError(fmt::format("use the function platform at \"{}\"", endpoint),
                     "that is no address of one",
                     "endpoint = \"https://lambda.REGION.amazonaws.com\", or any other that starts "
                     "with http:// or https://");
  }
  Platform platform{std::move(endpoint), std::move(region), std::nullopt, {}};
  for (const auto* const name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (platform.region.empty()) platform.region = variable(name);
  }
  if (platform.region.empty()) platform.region = "us-east-1";
  Platform::Keys keys{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
                      variable("AWS_SESSION_TOKEN")};
  if (keys.access_key_id.empty() != keys.secret_access_key.empty()) {
    throw UsageError(
        "read the AWS credentials",
        fmt::format("{} is set and {} is not",
                    keys.access_key_id.empty() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
                    keys.access_key_id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"),
        "set both, or neither");
  }
  if (!keys.access_key_id.empty()) platform.keys = std::move(keys);
  return platform;
}

}  // namespace strata::drivers::faas
