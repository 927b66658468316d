#include "drivers/faas/faas_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas {
namespace {

std::uint32_t number_of(const Target& target, const std::string& option, std::uint32_t least,
                        std::uint32_t most) {
  const std::string_view text = target.options.at(option);
  std::uint32_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stopped == end && number >= least && number <= most) return number;
  throw UsageError(fmt::format("read target \"{}\"", target.name),
                   fmt::format("{} = \"{}\" can't be", option, text),
                   fmt::format("a whole number from {} to {}", least, most));
}

}  // namespace

FaasOptions faas_options_of(const Target& target) {
  constexpr std::uint32_t kLeastMemory = 128;
  constexpr std::uint32_t kMostMemory = 10'240;
  constexpr std::uint32_t kMostSeconds = 900;
  static const std::array<std::string, 2> kTruths{"true", "false"};
  require_one_of(target, "provisioned", kTruths);
  const auto text = [&](const char* name) { return target.options.at(name); };
  return {.isolation = text("isolation"),
          .endpoint = text("endpoint"),
          .region = text("region"),
          .role = text("role"),
          .memory_mb = number_of(target, "memory", kLeastMemory, kMostMemory),
          .timeout_s = number_of(target, "timeout", 1, kMostSeconds),
          .provisioned = text("provisioned") == "true"};
}

}  // namespace strata::drivers::faas
