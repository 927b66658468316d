#include "results/benchmark_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "results/derived_metrics.h"
#include "results/json_text.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kControl = "control";

/// Keys with a meaning of their own in an entry. A metric that is called like one gets another
/// name.
constexpr std::array<std::string_view, 20> kReserved{"name",
                                                     "run_name",
                                                     "run_type",
                                                     "repetitions",
                                                     "threads",
                                                     "iterations",
                                                     "real_time",
                                                     "cpu_time",
                                                     "time_unit",
                                                     "label",
                                                     "aggregate_name",
                                                     "aggregate_unit",
                                                     "error_message",
                                                     "error_occurred",
                                                     "skipped",
                                                     "skip_message",
                                                     "family_index",
                                                     "bigO",
                                                     "rms",
                                                     "per_family_instance_index"};

/// A fact that is a number; absent if there is none or it is none.
template <typename Number>
std::optional<Number> number_in(const Environment& environment, const std::string& name) {
  const auto found = environment.facts.find(name);
  if (found == environment.facts.end()) return std::nullopt;
  const auto& text = found->second;
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::string text_in(const Environment& environment, const std::string& name) {
  const auto found = environment.facts.find(name);
  return found == environment.facts.end() ? "" : found->second;
}

Json caches_of(const Environment& environment) {
  Json caches = Json::array();
  for (int i = 0; environment.facts.contains(fmt::format("cache.{}.level", i)); ++i) {
    const auto fact = [&](const char* name) { return fmt::format("cache.{}.{}", i, name); };
    caches.push_back({{"type", text_in(environment, fact("type"))},
                      {"level", number_in<int>(environment, fact("level")).value_or(0)},
                      {"size", number_in<std::int64_t>(environment, fact("size")).value_or(0)},
                      {"num_sharing", number_in<int>(environment, fact("sharing")).value_or(0)}});
  }
  return caches;
}

}  // namespace

Json benchmark_context(const RunHeader& header) {
  const auto& environment = header.environment;
  auto load = Json::array();
  if (const auto one_minute = number_in<double>(environment, "load.1m"))
    load.push_back(*one_minute);
  const auto governor = text_in(environment, "cpu.governor");
  // Readers of these files need every one of these; 0 is what Google Benchmark writes for a number
  // it does not know.
  return {
      {"date", header.started_utc},
      {"host_name", text_in(environment, "host.name")},
      {"executable", "strata"},
      {"num_cpus", number_in<int>(environment, "cpu.online").value_or(0)},
      {"mhz_per_cpu", std::lround(number_in<double>(environment, "cpu.mhz").value_or(0))},
      {"cpu_scaling_enabled", !governor.empty() && governor != "performance"},
      {"caches", caches_of(environment)},
      {"load_avg", std::move(load)},
      {"library_version", header.strata_version},
      {"library_build_type", text_in(environment, "build.type") == "Debug" ? "debug" : "release"},
      {"json_schema_version", 1}};
}

bool BenchmarkEntries::has_entry(const Trial& trial) {
  return !trial.failure && trial.metric("real_time") != nullptr &&
         trial.metric("cpu_time") != nullptr;
}

const std::string& BenchmarkEntries::name_of_cell(const Trial& trial) {
  const auto workload = workloads_.place_of(trial.workload);
  const auto target = targets_.place_of(trial.control ? kControl : trial.target);
  if (workload >= names_.size()) names_.resize(workload + 1);
  auto& names = names_[workload];
  if (target >= names.size()) names.resize(target + 1);
  if (names[target].empty()) {
    append_text(names[target], fmt::format("{}@{}", trial.workload, targets_.texts()[target]));
  }
  return names[target];
}

const std::string& BenchmarkEntries::key_of(const Metric& metric) {
  const auto place = metrics_.place_of(metric.name, metric.unit, metric.better);
  if (place >= keys_.size()) keys_.resize(place + 1);
  if (keys_[place].empty()) {
    const bool reserved =
        std::find(kReserved.begin(), kReserved.end(), metric.name) != kReserved.end() ||
        is_derived_metric(metric.name);
    keys_[place] = ',';
    append_text(keys_[place], reserved ? "counter_" + metric.name : metric.name);
    keys_[place] += ':';
  }
  return keys_[place];
}

void BenchmarkEntries::append_entry(const Trial& trial, std::string& out) {
  const auto number = [&](std::string_view key, auto value) {
    out += key;
    append_number(out, value);
  };
  const auto* const real = trial.metric("real_time");
  const auto* const cpu = trial.metric("cpu_time");
  const auto* const iterations = trial.metric("iterations");
  const auto& name = name_of_cell(trial);
  out += "{\"name\":";
  out += name;
  out += ",\"run_name\":";
  out += name;
  out += ",\"run_type\":\"iteration\"";
  number(",\"repetitions\":", std::uint64_t{header_.blocks});
  number(",\"repetition_index\":", std::uint64_t{trial.block});
  out += ",\"threads\":1";
  number(",\"iterations\":", iterations == nullptr ? 1.0 : iterations->value);
  number(",\"real_time\":", real->value);
  number(",\"cpu_time\":", cpu->value);
  out += R"(,"time_unit":"ns")";
  for (const auto& metric : trial.metrics) {
    if (&metric == real || &metric == cpu || &metric == iterations) continue;
    if (std::isfinite(metric.value)) number(key_of(metric), metric.value);
  }
  if (const auto startup = trial.stamps.startup()) {
    number(",\"startup\":", std::int64_t{startup->count()});
  }
  out += '}';
}

}  // namespace strata::results
