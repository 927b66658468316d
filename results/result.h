#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "results/journal.h"
#include "results/statistics.h"

namespace strata::results {

/// One line of the overhead table: a metric of a cell, beside the baseline's.
struct CellSummary {
  std::string workload;
  std::string target;
  bool control = false;  ///< the A/A row: its ratio is the run's noise floor
  std::string metric;    ///< "startup", "real_time", "bytes_per_second", …
  std::string unit;
  Better better = Better::kLower;
  Estimate location;  ///< median of the good trials
  std::optional<Estimate>
      overhead;  ///< cost over the baseline's cost, paired by block; absent for the baseline
  std::size_t failed = 0;  ///< trials of the cell that failed
};

struct Summary {
  /// By workload, target, metric. The workload "" holds what is counted over all workloads:
  /// startup.
  std::vector<CellSummary> cells;
  /// Workloads whose checksum or program differs between trials: their ratios mean nothing.
  std::vector<std::string> differing_checksums;
  std::size_t trials = 0;
  std::size_t failed = 0;
};

/// A result without its trials.
struct ResultHead {
  RunHeader header;
  std::vector<RunFooter> footers;
  Summary summary;
};

using TrialVisitor = std::function<void(const Trial&)>;

/// Makes result.json (a Google Benchmark JSON file with one further top-level key, `strata`) from a
/// journal, in one pass, and renames it into place. Returns what it wrote. Throws Error.
ResultHead write_result(const std::filesystem::path& journal, const std::filesystem::path& result);

/// Reads a result in one pass, in bounded memory whatever the number of trials; `visit` gets each
/// trial. Throws UsageError for a file that is missing, of another schema version, or not a result:
/// with the place and the reason.
ResultHead read_result(const std::filesystem::path& result, const TrialVisitor& visit = {});

/// Gathers what a summary needs from trials as they come, then makes it. Memory: 8 bytes a metric.
class Summarizer {
 public:
  explicit Summarizer(std::string baseline);
  ~Summarizer();
  Summarizer(Summarizer&&) noexcept;
  Summarizer& operator=(Summarizer&&) noexcept;
  void add(const Trial& trial);
  [[nodiscard]] Summary finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::results
