#include "plots/testing/sample_result.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "results/journal_lines.h"
#include "results/result.h"
#include "results/vocabulary/error.h"

namespace strata::plots::testing {
namespace {

using Json = nlohmann::json;

/// Between -1 and 1, the same everywhere: no library's distribution is.
class FixedNoise {
 public:
  double next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11U) * 0x1p-52 - 1;
  }

 private:
  std::uint64_t state_ = 20260301;
};

Json definition_of(const SampleRun& run) {
  Json workloads = Json::array();
  for (const auto& name : run.workloads)
    workloads.push_back({{"name", name}, {"metric", "real_time"}});
  if (run.with_curves) {
    workloads.push_back(
        {{"name", "burst/4"}, {"metric", "starts_per_second"}, {"experiment", "burst"}});
    workloads.push_back({{"name", "coldstart/2"}, {"metric", "cold"}, {"experiment", "coldstart"}});
  }
  return {{"workloads", workloads}, {"programs", Json::array()}};
}

Trial trial_of(const SampleTarget& target, const std::string& workload, std::uint32_t block,
               bool control, const SampleRun& run, FixedNoise& noise) {
  const auto around = [&](double value) { return value * (1 + run.noise * noise.next()); };
  Trial trial;
  trial.workload = workload;
  trial.target = target.target.name;
  trial.control = control;
  trial.block = block;
  trial.program_digest = "00aa";
  const TimePoint requested(std::chrono::hours(1));
  const double startup = around(target.startup_ns);
  trial.stamps.set(Stamp::kRequested, requested);
  for (const auto& [stamp, share] :
       {std::pair{Stamp::kCreated, 0.4}, std::pair{Stamp::kLaunched, 0.7},
        std::pair{Stamp::kMain, 0.9}, std::pair{Stamp::kReady, 1.0}}) {
    trial.stamps.set(stamp, requested + Duration(static_cast<std::int64_t>(startup * share)));
  }
  const double time = around(1000 * target.ratio);
  if (workload == "burst/4") {
    trial.metrics.push_back({"starts_per_second", 1e9 / startup, "1/s", Better::kHigher});
    for (int k = 1; k <= 4; ++k) {
      trial.metrics.push_back(
          {"ready[" + std::to_string(k) + "]", startup * k, "ns", Better::kLower});
    }
  } else if (workload == "coldstart/2") {
    trial.metrics.push_back({"cold", startup + time, "ns", Better::kLower});
    trial.metrics.push_back({"warm", time, "ns", Better::kLower});
  } else {
    trial.metrics = {{"real_time", time, "ns", Better::kLower},
                     {"cpu_time", time, "ns", Better::kLower}};
  }
  return trial;
}

}  // namespace

SampleRun sample_run() {
  SampleRun run;
  run.targets = {{{"process", "process", {}, {}}, 7e5, 1},
                 {{"docker", "docker", {{"runtime", "runc"}}, {}}, 1.6e8, 1.1},
                 {{"kvm", "kvm", {}, {{"accelerator", "tcg"}}}, 9e9, 12},
                 {{"faas-docker", "faas", {}, {}}, 1.9e8, 1}};
  run.workloads = {"compute/sha256/1MiB", "os/getppid"};
  return run;
}

std::filesystem::path write_sample(const std::filesystem::path& folder, const SampleRun& run) {
  std::filesystem::create_directories(folder);
  results::RunHeader header;
  header.run_id = "0123456789abcdef";
  header.started_utc = "2026-03-01T12:00:00Z";
  header.strata_version = "0.1.0";
  header.suite = "sample";
  header.command_line = "strata run sample";
  header.seed = 7;
  header.baseline = run.targets.front().target.name;
  header.blocks = run.blocks;
  header.environment.facts = {
      {"cpu.model", "A CPU"}, {"cpu.online", "2"}, {"kernel.release", "6.1"}};
  header.environment.environment_class = "00112233";
  header.definition = definition_of(run).dump();
  header.unavailable_targets = {{"kvm-microvm", {"start a guest", "it hung", "give it hardware"}}};
  for (const auto& target : run.targets) header.targets.push_back(target.target);
  auto workloads = run.workloads;
  if (run.with_curves) workloads.insert(workloads.end(), {"burst/4", "coldstart/2"});
  FixedNoise noise;
  // Without the journal's syncing, which a million trials would wait for.
  std::ofstream journal(folder / "journal.jsonl", std::ios::binary);
  journal << results::to_journal_line(header) << '\n';
  std::uint32_t order = 0;
  for (std::uint32_t block = 0; block < run.blocks; ++block) {
    for (const auto& workload : workloads) {
      for (const auto& target : run.targets) {
        auto trial = trial_of(target, workload, block, false, run, noise);
        trial.order = order++;
        journal << results::to_journal_line(trial) << '\n';
      }
      auto control = trial_of(run.targets.front(), workload, block, true, run, noise);
      control.order = order++;
      journal << results::to_journal_line(control) << '\n';
    }
  }
  journal << results::to_journal_line(results::RunFooter{12.5, 0.25, false, {}}) << '\n';
  journal.close();
  if (!journal) throw Error("write a sample's journal", "the disk may be full");
  auto result = folder / "result.json";
  results::write_result(folder / "journal.jsonl", result);
  return result;
}

}  // namespace strata::plots::testing
