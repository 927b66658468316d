// How long a result of N trials takes to write, to read back and to summarise, and how much memory.
// The promise (README.md): 1,000,000 trials in at most 10 s and 1 GiB together; compared in at most
// 5 s.
//
//     build/release/bin/result_benchmark
//
// The counter peak_bytes is the largest resident set of the process while the benchmark ran, all
// that was there before included.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <system_error>

#include "results/comparison.h"
#include "results/journal_lines.h"
#include "results/result.h"
#include "results/testing/peak_memory.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using testing::peak_memory_bytes;
using testing::reset_peak_memory;

constexpr std::size_t kWorkloads = 10;
constexpr std::size_t kTargets = 4;
constexpr std::size_t kArms = kTargets + 1;  // the baseline has a control arm

std::string workload_name(std::size_t i) { return fmt::format("compute/benchmark-{}/1MiB", i); }
std::string target_name(std::size_t i) {
  constexpr std::array<const char*, kTargets> kNames{"process", "docker", "docker-gvisor",
                                                     "kvm-firecracker"};
  return kNames.at(i);
}

PlannedTrial place_of(std::size_t i) {
  const auto arm = i % kArms;
  return {workload_name(i / kArms % kWorkloads), target_name(arm % kTargets), arm == kTargets,
          static_cast<std::uint32_t>(i / (kArms * kWorkloads))};
}

RunHeader make_header(std::size_t trials) {
  RunHeader header;
  header.run_id = "0123456789abcdef";
  header.started_utc = "2026-03-01T12:00:00Z";
  header.baseline = target_name(0);
  header.blocks = static_cast<std::uint32_t>(trials / (kArms * kWorkloads) + 1);
  for (std::size_t i = 0; i < kTargets; ++i)
    header.targets.push_back({target_name(i), "d", {}, {}});
  header.plan.reserve(trials);
  for (std::size_t i = 0; i < trials; ++i) header.plan.push_back(place_of(i));
  return header;
}

/// Numbers with all their digits, as measured ones have.
Trial make_trial(std::size_t i, std::mt19937_64& random) {
  std::lognormal_distribution<double> spread(0, 0.02);
  auto place = place_of(i);
  Trial trial;
  trial.workload = std::move(place.workload);
  trial.target = std::move(place.target);
  trial.control = place.control;
  trial.block = place.block;
  trial.order = static_cast<std::uint32_t>(i);
  Duration at{};
  for (std::size_t stamp = 0; stamp < kStampCount; ++stamp) {
    if (static_cast<Stamp>(stamp) == Stamp::kKernel) continue;
    trial.stamps.set(static_cast<Stamp>(stamp), TimePoint(at));
    at += Duration(std::llround(1e6 * spread(random)));
  }
  trial.stamps.signal_round_trip = Duration(11'234);
  trial.metrics = {
      {"real_time", 1234.5 * spread(random), "ns", Better::kLower},
      {"cpu_time", 1230.5 * spread(random), "ns", Better::kLower},
      {"iterations", std::round(5e5 * spread(random)), "", Better::kHigher},
      {"bytes_per_second", 1e9 * spread(random), "B/s", Better::kHigher},
      {"wall_time", std::round(5e8 * spread(random)), "ns", Better::kLower},
      {"user_time", std::round(4e8 * spread(random)), "ns", Better::kLower},
      {"system_time", std::round(1e7 * spread(random)), "ns", Better::kLower},
      {"peak_memory", std::round(5e6 * spread(random)), "B", Better::kLower},
  };
  trial.program_digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  trial.checksum = "4294967291";
  trial.sample =
      R"({"exited":true,"exit_code":0,"wall_ns":500000000,"user_ns":400000000,"system_ns":10000000})";
  return trial;
}

/// A folder of its own, gone with the object.
class Folder {
 public:
  Folder() {
    auto name = (fs::temp_directory_path() / "strata-result-benchmark-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw system_error("make " + name, errno);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The run of `trials` trials, made once: its journal, and the result if `with_result`.
const fs::path& run_of(std::size_t trials, bool with_result) {
  static const Folder kFolder;
  static fs::path run;
  static std::size_t made = 0;
  if (made != trials) {
    run = kFolder.path() / fmt::format("{}", trials);
    fs::create_directories(run);
    std::ofstream journal(run / "journal.jsonl", std::ios::binary);
    journal << to_journal_line(make_header(trials)) << '\n';
    std::mt19937_64 random(1);  // NOT a secret; the same numbers every time
    for (std::size_t i = 0; i < trials; ++i)
      journal << to_journal_line(make_trial(i, random)) << '\n';
    journal << to_journal_line(RunFooter{60, 1, false, ""}) << '\n';
    if (!journal.flush()) throw Error("write the journal", "the disk is full?");
    made = trials;
  }
  if (with_result && !fs::exists(run / "result.json")) {
    write_result(run / "journal.jsonl", run / "result.json");
  }
  return run;
}

void summarise(const fs::path& result) {
  std::unique_ptr<Summarizer> summarizer;
  const auto head = read_result(result, [&](const Trial& trial) {
    if (!summarizer) summarizer = std::make_unique<Summarizer>(target_name(0));
    summarizer->add(trial);
  });
  auto summary = summarizer->finish();
  benchmark::DoNotOptimize(summary);
}

template <typename Step>
void measure(benchmark::State& state, bool needs_result, const Step& step) {
  const auto trials = static_cast<std::size_t>(state.range(0));
  const auto& run = run_of(trials, needs_result);
  reset_peak_memory();
  for (auto _ : state) step(run / "journal.jsonl", run / "result.json");
  state.counters["peak_bytes"] = peak_memory_bytes();
  state.counters["file_bytes"] = static_cast<double>(fs::file_size(run / "result.json"));
  state.SetItemsProcessed(static_cast<std::int64_t>(trials) *
                          static_cast<std::int64_t>(state.iterations()));
}

void write_read_and_summarise(benchmark::State& state) {
  measure(state, false, [](const fs::path& journal, const fs::path& result) {
    write_result(journal, result);
    summarise(result);
  });
}
void write(benchmark::State& state) {
  measure(state, false,
          [](const fs::path& journal, const fs::path& result) { write_result(journal, result); });
}
void read(benchmark::State& state) {
  measure(state, true, [](const fs::path&, const fs::path& result) {
    auto head = read_result(result, [](const Trial&) {});
    benchmark::DoNotOptimize(head);
  });
}
void read_and_summarise(benchmark::State& state) {
  measure(state, true, [](const fs::path&, const fs::path& result) { summarise(result); });
}

void read_and_compare(benchmark::State& state) {
  measure(state, true, [](const fs::path&, const fs::path& result) {
    auto comparison = compare_targets(read_measurements(result), {});
    benchmark::DoNotOptimize(comparison);
  });
}
/// A run with itself: two results of that many trials each are read.
void read_and_compare_two(benchmark::State& state) {
  measure(state, true, [](const fs::path&, const fs::path& result) {
    auto comparison = compare_runs(read_measurements(result), read_measurements(result), {});
    benchmark::DoNotOptimize(comparison);
  });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1'000)
      ->Arg(1'000'000)
      ->Unit(benchmark::kMillisecond)
      ->MeasureProcessCPUTime()
      ->UseRealTime();
}
BENCHMARK(write_read_and_summarise)->Apply(sizes);
BENCHMARK(write)->Apply(sizes);
BENCHMARK(read)->Apply(sizes);
BENCHMARK(read_and_summarise)->Apply(sizes);
BENCHMARK(read_and_compare)->Apply(sizes);
BENCHMARK(read_and_compare_two)->Apply(sizes);

}  // namespace
}  // namespace strata::results

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
