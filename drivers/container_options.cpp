#include "drivers/container_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string tried_to_read(const Target& target, const char* option) {
  return fmt::format("read option {} of target \"{}\"", option, target.name);
}

/// The option's text; nothing if it is empty or the driver has no such option.
std::optional<std::string> given(const Target& target, const char* option) {
  const auto found = target.options.find(option);
  if (found == target.options.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace

Bytes parse_size(std::string_view text, const std::string& tried) {
  struct Unit {
    std::string_view name;
    unsigned shift;
  };
  constexpr std::array kUnits{Unit{"KiB", 10}, Unit{"MiB", 20}, Unit{"GiB", 30}, Unit{"B", 0}};
  auto digits = text;
  unsigned shift = 0;
  for (const auto& unit : kUnits) {
    if (!digits.ends_with(unit.name)) continue;
    digits.remove_suffix(unit.name.size());
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    shift = unit.shift;
    break;
  }
  const auto count = number<std::uint64_t>(digits);
  if (!count || *count == 0 ||
      *count > (std::numeric_limits<std::uint64_t>::max() >> (shift + 1))) {
    throw UsageError(tried, fmt::format("\"{}\" is no size", printable(text)),
                     "write a number and a unit: \"256 MiB\"");
  }
  return {*count << shift};
}

std::vector<std::uint32_t> parse_cpu_set(std::string_view text, const std::string& tried) {
  constexpr std::uint32_t kMost = 8192;
  std::set<std::uint32_t> cpus;
  for (auto rest = text;;) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = number<std::uint32_t>(part.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : number<std::uint32_t>(part.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= kMost) {
      throw UsageError(tried, fmt::format("\"{}\" is no list of CPUs", printable(text)),
                       "write numbers and ranges: \"0-1,3\"");
    }
    for (auto cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return {cpus.begin(), cpus.end()};
}

Limits limits_of(const Target& target) {
  Limits limits;
  if (const auto text = given(target, "cpus")) {
    const auto cpus = number<double>(*text);
    constexpr double kLeast = 0.01;  // the kernel's own: 1 ms in 100 ms
    if (!cpus || !std::isfinite(*cpus) || *cpus < kLeast) {
      throw UsageError(tried_to_read(target, "cpus"),
                       fmt::format("\"{}\" is no share of CPU time", printable(*text)),
                       "write a number of CPUs from 0.01 on: 0.5");
    }
    limits.cpus = *cpus;
  }
  if (const auto text = given(target, "cpuset")) {
    limits.cpu_set = parse_cpu_set(*text, tried_to_read(target, "cpuset"));
  }
  if (const auto text = given(target, "memory")) {
    limits.memory = parse_size(*text, tried_to_read(target, "memory"));
  }
  if (const auto text = given(target, "pids")) {
    limits.processes = number<std::uint32_t>(*text);
    if (limits.processes.value_or(0) == 0) {
      throw UsageError(tried_to_read(target, "pids"),
                       fmt::format("\"{}\" is no number of processes", printable(*text)),
                       "write a whole number from 1 on");
    }
  }
  return limits;
}

Limits merged(const Limits& first, const Limits& second) {
  Limits limits = first;
  if (!limits.cpus) limits.cpus = second.cpus;
  if (limits.cpu_set.empty()) limits.cpu_set = second.cpu_set;
  if (!limits.memory) limits.memory = second.memory;
  if (!limits.processes) limits.processes = second.processes;
  return limits;
}

void require_security_options(const Target& target) {
  const std::array<std::string, 3> levels{"default", "hardened", "privileged"};
  require_one_of(target, "security", levels);
  const std::array<std::string, 2> filters{"default", "off"};
  require_one_of(target, "seccomp", filters);
}

}  // namespace strata::drivers
