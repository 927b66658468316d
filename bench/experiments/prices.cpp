#include "bench/experiments/prices.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "results/toml_document.h"

namespace strata::bench {

Prices load_prices(const std::string& name_or_file) {
  const auto file = results::load_toml(name_or_file, "prices", built_in_prices());
  file.only_keys({"currency", "source", "as_of", "function", "instance"});
  const auto needed = [](const results::TomlTable& table, const char* key) {
    constexpr double kLeast = 1e-15;
    constexpr double kMost = 1e9;
    const auto value = table.number(key, kLeast, kMost);
    if (!value) table.fail(std::string(key) + " is missing");
    return *value;
  };
  const auto section = [&](const char* name) {
    auto table = file.table(name);
    if (!table) file.fail("[" + std::string(name) + "] is missing");
    return *table;
  };
  Prices prices;
  prices.currency = file.needed_text("currency");
  const auto function = section("function");
  function.only_keys({"per_million_requests", "per_gb_second", "mb_per_cpu"});
  constexpr double kMillion = 1e6;
  prices.per_request = needed(function, "per_million_requests") / kMillion;
  prices.per_gb_second = needed(function, "per_gb_second");
  prices.mb_per_cpu = needed(function, "mb_per_cpu");
  const auto instance = section("instance");
  instance.only_keys({"name", "per_hour", "memory_mb", "cpus"});
  prices.instance_per_hour = needed(instance, "per_hour");
  prices.instance_memory_mb = needed(instance, "memory_mb");
  prices.instance_cpus = needed(instance, "cpus");
  return prices;
}

Cost cost_of(const Prices& prices, double invocations, double gb_seconds, Duration length,
             double memory_mb, Duration work) {
  constexpr double kSecondsAnHour = 3600;
  const double seconds = std::chrono::duration<double>(length).count();
  const double total = invocations * prices.per_request + gb_seconds * prices.per_gb_second;
  const double instance = prices.instance_per_hour / kSecondsAnHour;
  const double cpus_needed = memory_mb / prices.mb_per_cpu;
  const double places = std::max(1.0, std::floor(std::min(prices.instance_memory_mb / memory_mb,
                                                          prices.instance_cpus / cpus_needed)));
  const double capacity = places / std::chrono::duration<double>(work).count();
  Cost cost;
  cost.per_second = total / seconds;
  cost.always_on_ratio = cost.per_second / instance;
  cost.break_even_utilisation = instance / (total / invocations) / capacity;
  return cost;
}

}  // namespace strata::bench
