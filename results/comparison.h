#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/measurements.h"
#include "results/result.h"
#include "results/statistics.h"

namespace strata::results {

/// A result with its trials in numbers.
struct MeasuredRun {
  ResultHead head;
  Measurements measurements;
};
/// Reads it, keeping only metrics of these names (empty: all). Throws as read_result().
MeasuredRun read_measurements(const std::filesystem::path& result,
                              std::vector<std::string> metrics = {});

struct ComparisonOptions {
  std::string baseline;  ///< empty: the run's own; for comparisons within a run
  /// By workload, the metric to compare; "real_time" for workloads that are not in it. Startup is
  /// compared over all workloads.
  std::map<std::string, std::string> headline;
  std::vector<std::string>
      metrics;           ///< these instead, for every workload; empty: the headline ones
  double margin = 0.02;  ///< equivalent means a ratio in [1 / (1 + margin), 1 + margin]
  double confidence = 0.95;
  /// Verdicts gate something: "slower" or "faster" need Holm's correction, else that of Benjamini
  /// and Hochberg.
  bool gate = false;
};

enum class Verdict { kSlower, kFaster, kEquivalent, kUndecided };
/// "slower", "faster", "equivalent", "undecided".
std::string_view name_of(Verdict verdict);

/// One comparison: a metric of a cell, or the geometric mean over a group of cells.
struct Compared {
  std::string workload;  ///< empty: over all workloads; for a group its name, "compute" or "all"
  std::string target;
  std::string metric;
  std::string unit;
  std::size_t cells = 1;              ///< in a group: how many it is the mean of
  std::optional<double> median;       ///< of the cell, in `unit`; absent for a group
  std::optional<double> reference;    ///< of what it is compared with
  std::size_t failed = 0;             ///< trials of either side that failed
  std::optional<Estimate> ratio;      ///< cost over the reference's cost; above 1 is slower
  std::optional<double> noise_floor;  ///< relative: the far end of the A/A interval less 1
  /// Relative: the smallest difference that a run with this noise finds four times in five. From
  /// the A/A arm and the cell's own interval, whichever is worse.
  std::optional<double> smallest_seen;
  double p_value = 1;
  double holm = 1;                ///< adjusted over all cells (or all groups)
  double benjamini_hochberg = 1;  ///< the same
  Verdict verdict = Verdict::kUndecided;
  std::string why;  ///< of kUndecided
};

/// Something in which two runs differ beside what they measured.
struct RunDifference {
  std::string what;   ///< "cpu.model", "target docker: engine", "program of os/getppid"
  std::string first;  ///< empty: not known of this run
  std::string second;
  bool matters = true;  ///< false for what passes, such as load: see belongs_to_class()
};

struct Comparison {
  bool paired = true;  ///< within a run, by block; else across two
  std::string baseline;
  ComparisonOptions options;
  std::vector<Compared> cells;   ///< by target, workload, metric
  std::vector<Compared> groups;  ///< by target, name
  std::vector<RunDifference> differences;
  std::vector<std::string> warnings;
};

/// Every target against the baseline, paired by block: Hodges-Lehmann on log ratios with the exact
/// signed-rank interval. Throws UsageError if no trial ran on the baseline.
Comparison compare_targets(const MeasuredRun& run, const ComparisonOptions& options);

/// Every cell of `second` against the same cell of `first`, unpaired: Hodges-Lehmann shift of log
/// costs with the exact rank-sum interval. Trials within a run do not show how much runs differ
/// from each other: the warnings say so. Throws UsageError if the two have no cell in common.
Comparison compare_runs(const MeasuredRun& first, const MeasuredRun& second,
                        const ComparisonOptions& options);

}  // namespace strata::results
