// How long a page and a site take to make, and how much memory and disk. The bars: the report of a
// standard run on six targets, which the reference result is, at most 1 s and under 3 MiB; of
// 1,000,000 trials at most 5 s and 1 GiB; a site of 1,000 runs of 500 cells at most 20 s.
//
//     build/release/bin/report_benchmark
//
// The counter peak_bytes is the largest resident set of the process while the benchmark ran, all
// that was there before included.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string>

#include "plots/report.h"
#include "plots/site/site.h"
#include "plots/testing/sample_history.h"
#include "plots/testing/sample_result.h"
#include "results/testing/folder.h"
#include "results/testing/peak_memory.h"

namespace strata::plots {
namespace {

namespace fs = std::filesystem;
using results::testing::Folder;

/// 60 workloads on six targets and the control arm, as the suite `standard` has them.
fs::path run_of(const Folder& folder, std::uint32_t blocks) {
  auto run = testing::sample_run();
  run.targets.push_back({{"docker-gvisor", "docker", {{"runtime", "runsc"}}, {}}, 3e8, 1.6});
  run.targets.push_back({{"kvm-snapshot", "kvm", {{"start", "snapshot"}}, {}}, 2e8, 1.3});
  run.workloads.clear();
  for (std::size_t i = 0; i < 60; ++i) {
    constexpr std::array<const char*, 5> kGroups{"compute", "memory", "os", "disk", "net"};
    run.workloads.push_back(fmt::format("{}/benchmark_{}", kGroups.at(i % kGroups.size()), i));
  }
  run.blocks = blocks;
  return testing::write_sample(folder.path(), run);
}

void time_report(benchmark::State& state, const fs::path& result) {
  results::testing::reset_peak_memory();
  std::size_t page = 0;
  std::size_t trials = 0;
  for (auto _ : state) {
    const auto view = RunView::load(result);
    page = report_html({view, nullptr, {}, nullptr}).size();
    trials = view.head().summary.trials;
  }
  state.counters["peak_bytes"] = results::testing::peak_memory_bytes();
  state.counters["page_bytes"] = static_cast<double>(page);
  state.counters["trials"] = static_cast<double>(trials);
}

/// A real run: the suite `standard` on six targets, in more blocks than it has by itself.
void report_of_reference(benchmark::State& state) { time_report(state, STRATA_REFERENCE); }
BENCHMARK(report_of_reference)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void report(benchmark::State& state) {
  const Folder folder;
  time_report(state, run_of(folder, static_cast<std::uint32_t>(state.range(0))));
}
BENCHMARK(report)
    ->ArgName("blocks")
    ->Arg(2381)  // a million trials
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void site(benchmark::State& state) {
  const Folder folder;
  testing::write_sample_history(folder / "history.db", static_cast<std::size_t>(state.range(0)),
                                static_cast<std::size_t>(state.range(1)) - 1);
  const auto history =
      results::History::open(folder / "history.db", results::History::Access::kRead);
  results::testing::reset_peak_memory();
  SiteSize size;
  for (auto _ : state) size = write_site(history, folder / "site", {"Sample", ""});
  state.counters["peak_bytes"] = results::testing::peak_memory_bytes();
  state.counters["files"] = static_cast<double>(size.files);
}
BENCHMARK(site)
    ->ArgNames({"runs", "cells"})
    ->Args({1000, 500})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace strata::plots

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
