#include "bench/experiments/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "bench/duration_text.h"
#include "results/units.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

[[noreturn]] void refuse(const Parameters& parameters, const std::string& name,
                         const std::string& right) {
  throw UsageError(fmt::format("read parameter {} = \"{}\"", name, parameters.at(name)),
                   "that is not what it has to be", "give " + right);
}

/// A number, and what stands behind it without the blanks between.
struct NumberAndUnit {
  double number = 0;
  std::string_view unit;
};
std::optional<NumberAndUnit> parse_number(std::string_view text) {
  NumberAndUnit result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.number);
  if (error != std::errc() || !std::isfinite(result.number)) return std::nullopt;
  result.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (result.unit.starts_with(' ')) result.unit.remove_prefix(1);
  return result;
}

void require_known(std::string_view experiment, std::span<const ParameterSpec> specs,
                   const ParameterLists& given) {
  std::vector<std::string> names;
  for (const auto& spec : specs) names.emplace_back(spec.name);
  for (const auto& [name, values] : given) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw UsageError(fmt::format("set {} of experiment {}", name, experiment),
                       names.empty() ? "it has no parameters" : "it has no such parameter",
                       names.empty() ? "" : suggest(name, names));
    }
    if (values.empty() || std::find(values.begin(), values.end(), "") != values.end()) {
      throw UsageError(fmt::format("set {} of experiment {}", name, experiment), "a value is empty",
                       "give values, separated by commas");
    }
  }
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> pieces;
  while (true) {
    const auto comma = text.find(',');
    pieces.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

std::vector<ParameterSet> combine(std::string_view experiment, std::span<const ParameterSpec> specs,
                                  const ParameterLists& given) {
  require_known(experiment, specs, given);
  std::vector<ParameterSet> sets{{std::string(experiment), {}}};
  for (const auto& spec : specs) {
    const std::string name(spec.name);
    const auto found = given.find(name);
    const auto values = found == given.end() ? split_list(spec.default_value) : found->second;
    if (!spec.in_name) {
      for (auto& set : sets) set.values[name] = fmt::format("{}", fmt::join(values, ","));
      continue;
    }
    std::vector<ParameterSet> longer;
    for (const auto& set : sets) {
      for (const auto& value : values) {
        auto next = set;
        next.name += "/" + value;
        next.values[name] = value;
        longer.push_back(std::move(next));
      }
    }
    sets = std::move(longer);
  }
  return sets;
}

std::uint64_t whole_number(const Parameters& parameters, const std::string& name,
                           std::uint64_t least, std::uint64_t most) {
  const auto& text = parameters.at(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    refuse(parameters, name, fmt::format("a whole number from {} to {}", least, most));
  }
  return value;
}

Bytes memory_amount(const Parameters& parameters, const std::string& name, Bytes whole) {
  const auto parsed = parse_number(parameters.at(name));
  if (parsed && parsed->number > 0) {
    if (parsed->unit == "%" && parsed->number <= 100) {
      return {static_cast<std::uint64_t>(static_cast<double>(whole.count) * parsed->number / 100)};
    }
    constexpr double kMost = 1e18;
    const auto factor = results::conversion(parsed->unit, "B");
    if (factor && parsed->number * *factor <= kMost) {
      return {static_cast<std::uint64_t>(parsed->number * *factor)};
    }
  }
  refuse(parameters, name, "a part of the memory such as 25%, or an amount such as 4GiB");
}

double positive_number(const Parameters& parameters, const std::string& name) {
  const auto parsed = parse_number(parameters.at(name));
  if (!parsed || !parsed->unit.empty() || parsed->number <= 0) {
    refuse(parameters, name, "a number above 0");
  }
  return parsed->number;
}

std::vector<Duration> growing_durations(const Parameters& parameters, const std::string& name) {
  std::vector<Duration> durations;
  for (const auto& piece : split_list(parameters.at(name))) {
    durations.push_back(parse_duration(piece, "parameter " + name));
    if (durations.size() > 1 && durations.back() <= durations[durations.size() - 2]) {
      refuse(parameters, name, "times that grow, such as 100ms,1s,10s");
    }
  }
  return durations;
}

}  // namespace strata::bench
