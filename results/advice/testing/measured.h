#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "results/advice/advice.h"

namespace strata::results::testing {

/// A target with what a trial on it costs: real_time of os/getppid and startup, in ns.
struct MeasuredTarget {
  Target target;
  double real_time = 100;
  double startup = 1000;
};

inline MeasuredTarget measured(const std::string& name, const std::string& driver, double real_time,
                               double startup, const std::string& accelerator = "native") {
  return {{name, driver, {}, {{"accelerator", accelerator}}}, real_time, startup};
}

/// A run of `blocks` blocks, the first target being the baseline, with noise of one in a hundred.
inline EvidenceRun evidence_of(const std::vector<MeasuredTarget>& targets,
                               std::uint32_t blocks = 12) {
  std::mt19937_64 random(4);
  std::lognormal_distribution<double> noise(0, 0.01);
  EvidenceRun run{"monday", {}};
  run.run.head.header.baseline = targets.front().target.name;
  run.run.head.header.environment.facts["cpu.architecture"] = "x86_64";
  for (const auto& one : targets) run.run.head.header.targets.push_back(one.target);
  for (std::uint32_t block = 0; block < blocks; ++block) {
    for (const auto& one : targets) {
      Trial trial;
      trial.workload = "os/getppid";
      trial.target = one.target.name;
      trial.block = block;
      trial.metrics = {{"real_time", one.real_time * noise(random), "ns", Better::kLower}};
      const TimePoint requested{std::chrono::hours(1)};
      trial.stamps.set(Stamp::kRequested, requested);
      trial.stamps.set(
          Stamp::kReady,
          requested + Duration(static_cast<std::int64_t>(one.startup * noise(random))));
      run.run.measurements.add(trial);
    }
  }
  return run;
}

}  // namespace strata::results::testing
