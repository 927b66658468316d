#include "results/benchmark_entries.h"

#include <gtest/gtest.h>

#include <string>

#include "results/testing/sample_run.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;
using testing::sample_header;
using testing::sample_trial;

Json entry_of(const Trial& trial) {
  const auto header = sample_header();
  BenchmarkEntries entries(header);
  std::string text;
  entries.append_entry(trial, text);
  return Json::parse(text);
}

TEST(BenchmarkEntries, AnEntryIsAsGoogleBenchmarkWritesIt) {
  const Json expected{{"name", "os/getppid@docker"},
                      {"run_name", "os/getppid@docker"},
                      {"run_type", "iteration"},
                      {"repetitions", 7},
                      {"repetition_index", 4},
                      {"threads", 1},
                      {"iterations", 5000000},
                      {"real_time", 104.25},
                      {"cpu_time", 99.5},
                      {"time_unit", "ns"},
                      {"bytes_per_second", 1e9 / 3},
                      {"startup", 5000}};
  EXPECT_EQ(entry_of(sample_trial("os/getppid", "docker", 4)), expected);
}

TEST(BenchmarkEntries, TheControlArmHasANameOfItsOwn) {
  auto trial = sample_trial("os/getppid", "process", 0);
  trial.control = true;
  EXPECT_EQ(entry_of(trial)["name"], "os/getppid@control");
}

TEST(BenchmarkEntries, FailedTrialsAndThoseWithoutTimesHaveNone) {
  auto trial = sample_trial("w", "t", 0);
  EXPECT_TRUE(BenchmarkEntries::has_entry(trial));
  trial.failure = Failure{"run", "it fell", ""};
  EXPECT_FALSE(BenchmarkEntries::has_entry(trial));
  trial.failure.reset();
  trial.metrics.erase(trial.metrics.begin());
  EXPECT_FALSE(BenchmarkEntries::has_entry(trial));
  trial = sample_trial("w", "t", 0);
  trial.metrics.erase(trial.metrics.begin() + 1);
  EXPECT_FALSE(BenchmarkEntries::has_entry(trial));
}

TEST(BenchmarkEntries, WithoutAnIterationCountThereWasOne) {
  auto trial = sample_trial("w", "t", 0);
  trial.metrics.erase(trial.metrics.begin() + 2);
  EXPECT_EQ(entry_of(trial)["iterations"], 1);
}

TEST(BenchmarkEntries, AMetricNeverTakesAKeyThatMeansSomethingElse) {
  auto trial = sample_trial("w", "t", 0);
  for (const char* const name : {"threads", "name", "startup", "error_occurred", "plain"}) {
    trial.metrics.push_back({name, 3, "", Better::kLower});
  }
  const auto entry = entry_of(trial);
  EXPECT_EQ(entry["threads"], 1);
  EXPECT_EQ(entry["name"], "w@t");
  EXPECT_EQ(entry["startup"], 5000);
  EXPECT_FALSE(entry.contains("error_occurred"));
  EXPECT_EQ(entry["counter_threads"], 3);
  EXPECT_EQ(entry["counter_startup"], 3);
  EXPECT_EQ(entry["plain"], 3);
}

TEST(BenchmarkEntries, NamesOfAnyBytesAreText) {
  const auto entry = entry_of(sample_trial("a\"b\xff", "t\n", 0));
  EXPECT_EQ(entry["name"], "a\"b\xef\xbf\xbd@t\n");
}

TEST(BenchmarkContext, HoldsWhatToolsLookFor) {
  const Json expected{
      {"date", "2026-03-01T12:00:00Z"},
      {"host_name", "lab"},
      {"executable", "strata"},
      {"num_cpus", 2},
      {"mhz_per_cpu", 2601},
      {"cpu_scaling_enabled", true},
      {"caches", {{{"type", "Data"}, {"level", 1}, {"size", 49152}, {"num_sharing", 2}}}},
      {"load_avg", {0.25}},
      {"library_version", "0.1.0"},
      {"library_build_type", "release"},
      {"json_schema_version", 1}};
  EXPECT_EQ(benchmark_context(sample_header()), expected);
}

TEST(BenchmarkContext, HasEveryKeyWhereNothingIsKnown) {
  RunHeader header;
  header.environment.facts = {{"cpu.online", "many"}, {"build.type", "Debug"}};
  const auto context = benchmark_context(header);
  EXPECT_EQ(context["num_cpus"], 0);
  EXPECT_EQ(context["caches"], Json::array());
  EXPECT_EQ(context["load_avg"], Json::array());
  EXPECT_EQ(context["cpu_scaling_enabled"], false);
  EXPECT_EQ(context["library_build_type"], "debug");
  header.environment.facts = {{"cpu.governor", "performance"}};
  EXPECT_EQ(benchmark_context(header)["cpu_scaling_enabled"], false);
}

}  // namespace
}  // namespace strata::results
