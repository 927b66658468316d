#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/journal.h"

namespace strata::plots::testing {

/// A target of a made-up run: how much slower than the baseline it is.
struct SampleTarget {
  Target target;
  double startup_ns = 1e6;
  double ratio = 1;  ///< of every workload's time
};

/// A made-up run, for tests alone: figures that follow from the description and a fixed noise of
/// `noise` around them.
struct SampleRun {
  std::vector<SampleTarget> targets;
  std::vector<std::string> workloads;
  std::uint32_t blocks = 8;
  double noise = 0.01;
  bool with_curves = false;  ///< a workload "burst/4" with ready[1] … ready[4], "coldstart/2"
};

/// Process, container, emulated guest and function.
SampleRun sample_run();

/// Writes it as `folder`/result.json by the result writer, from a journal beside it, and returns
/// its path.
std::filesystem::path write_sample(const std::filesystem::path& folder, const SampleRun& run);

}  // namespace strata::plots::testing
