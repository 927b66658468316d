#include "bench/experiments/prices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr auto kTable = R"(currency = "XYZ"
[function]
per_million_requests = 0.5
per_gb_second = 0.00002
mb_per_cpu = 1000
[instance]
per_hour = 0.36
memory_mb = 4000
cpus = 3
)";

Prices table() {
  Prices prices;
  prices.per_request = 0.5e-6;
  prices.per_gb_second = 0.00002;
  prices.instance_per_hour = 0.36;
  prices.instance_memory_mb = 4000;
  prices.instance_cpus = 3;
  prices.mb_per_cpu = 1000;
  return prices;
}

/// Writes a table, reads it, and removes the file.
Prices read(const std::string& text) {
  const std::string path = ::testing::TempDir() + "strata-prices.toml";
  std::ofstream(path) << text;
  struct Remover {
    const std::string& path;
    ~Remover() { std::remove(path.c_str()); }
  } const remover{path};
  return load_prices(path);
}

TEST(Prices, TheBuiltInOnesCanBeRead) {
  ASSERT_FALSE(built_in_prices().empty());
  for (const auto& one : built_in_prices()) {
    EXPECT_GT(load_prices(std::string(one.name)).per_gb_second, 0) << one.name;
  }
  EXPECT_THROW(load_prices("asw"), UsageError);
}

TEST(Prices, AFileIsReadAsItIs) {
  const auto prices = read(kTable);
  EXPECT_EQ(prices.currency, "XYZ");
  EXPECT_EQ(prices.per_request, 0.5e-6);
  EXPECT_EQ(prices.instance_per_hour, 0.36);
}

TEST(Prices, WhatIsMissingOrCantBeIsNamed) {
  for (const auto* const key : {"per_million_requests", "per_gb_second", "mb_per_cpu", "per_hour",
                                "memory_mb", "cpus", "currency"}) {
    std::string text = kTable;
    text.replace(text.find(key), std::string(key).size(), "x");
    EXPECT_THROW(read(text), UsageError) << key;
  }
  std::string negative = kTable;
  negative.replace(negative.find("0.36"), 4, "-1");
  EXPECT_THROW(read(negative), UsageError);
}

TEST(CostOf, ComparesWithAnInstanceThatIsAlwaysOn) {
  // 1,000 invocations in 100 s, each of 1,000 MB for 0.1 s: 97.65625 GB-seconds.
  const double gb_seconds = 1000 * 0.1 * 1000 / 1024;
  const auto cost = cost_of(table(), 1000, gb_seconds, 100s, 1000, 100ms);
  const double total = 1000 * 0.5e-6 + gb_seconds * 0.00002;
  EXPECT_DOUBLE_EQ(cost.per_second, total / 100);
  EXPECT_DOUBLE_EQ(cost.always_on_ratio, total / 100 / 0.0001);
  // It has CPUs for 3 at a time, though memory for 4: 30 a second. At break-even it does as many as
  // cost 0.0001 a second as invocations.
  const double break_even_rate = 0.0001 / (total / 1000);
  EXPECT_DOUBLE_EQ(cost.break_even_utilisation, break_even_rate / 30);
}

TEST(CostOf, AnInstanceHoldsOneAtLeast) {
  const auto cost = cost_of(table(), 10, 1, 10s, 9000, 1s);
  EXPECT_DOUBLE_EQ(cost.break_even_utilisation, 0.0001 / ((10 * 0.5e-6 + 0.00002) / 10));
}

}  // namespace
}  // namespace strata::bench
