#include "drivers/faas/emulator/function_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/printable.h"

namespace strata::drivers::faas::emulator {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestQualifier = 128;

bool is_word(std::string_view text, std::size_t longest, std::string_view also) {
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), fits);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

bool is_function_name(std::string_view text) { return is_word(text, kLongestName, "-_"); }

FunctionName parse_function_name(std::string_view text) {
  const auto parts = split(text);
  // Where the name stands: arn:aws:lambda:REGION:ACCOUNT:function:NAME, ACCOUNT:function:NAME,
  // NAME.
  std::size_t at = 0;
  if (parts.size() >= 7 && parts[0] == "arn" && parts[2] == "lambda" && parts[5] == "function") {
    at = 6;
  } else if (parts.size() >= 3 && parts[1] == "function") {
    at = 2;
  }
  const auto name = parts[at];
  const auto qualifier = parts.size() == at + 2 ? parts[at + 1] : std::string_view();
  const bool has_qualifier = parts.size() == at + 2;
  if (parts.size() > at + 2 || !is_function_name(name) ||
      (has_qualifier && !is_word(qualifier, kLongestQualifier, "-_$"))) {
    throw ApiError(
        400, "ValidationException",
        fmt::format(
            "1 validation error detected: Value '{}' at 'functionName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{{2}}(-gov)?-[a-z]+-\\d{{1}}:)?(\\d{{12}}:)"
            "?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
            printable(text.substr(0, 200))));
  }
  return {std::string(name), std::string(qualifier)};
}

}  // namespace strata::drivers::faas::emulator
