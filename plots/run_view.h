#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "results/comparison.h"
#include "results/vocabulary/error.h"

namespace strata::plots {

/// A row of the overhead table: one metric of one workload.
struct Row {
  std::string group;     ///< first part of the workload's name; "startup"
  std::string workload;  ///< empty: over all workloads
  std::string metric;
  std::string label;
  bool experiment = false;  ///< of an experiment (burst, density …), not of a program
};

/// What was found out about a cell, beside the baseline's.
enum class Finding {
  kBaseline,
  kSlower,
  kFaster,
  kEquivalent,
  kNothing,     ///< no difference found, and none ruled out either
  kUnsure,      ///< the interval excludes 1, but noise or chance among so many cells may do that
  kNoInterval,  ///< too few trials to say anything
  kFailed,      ///< every trial failed
  kAbsent,      ///< was not measured
};

/// One cell of the table. Pointers lead into the RunView.
struct CellView {
  Finding finding = Finding::kAbsent;
  const results::CellSummary* summary = nullptr;
  const results::Compared* compared = nullptr;  ///< absent for the baseline
  std::optional<results::Estimate> ratio;       ///< with an interval, always
  std::optional<double> noise_floor;            ///< relative
  /// What a difference would have to exceed to be seen, relative: of kNothing and kEquivalent.
  std::optional<double> hidden_below;
};

/// The trials of a cell that failed, and what the first of them said.
struct FailedTrials {
  std::string workload;
  std::string target;
  Failure first;
  std::size_t count = 0;
};

/// A run as it is told: rows in the order of its suite, and what was found in each cell.
class RunView {
 public:
  RunView(std::filesystem::path file, results::MeasuredRun run,
          std::vector<FailedTrials> failed = {});
  RunView(RunView&&) = default;
  RunView& operator=(RunView&&) = delete;
  /// Reads a result.json or the folder that holds it. Throws as read_result().
  static RunView load(const std::filesystem::path& result);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] const results::RunHeader& header() const { return run_.head.header; }
  [[nodiscard]] const results::ResultHead& head() const { return run_.head; }
  [[nodiscard]] const results::MeasuredRun& run() const { return run_; }
  [[nodiscard]] const std::vector<Target>& targets() const { return run_.head.header.targets; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] const results::Comparison& comparison() const { return comparison_; }
  [[nodiscard]] const std::vector<FailedTrials>& failed() const { return failed_; }
  [[nodiscard]] const results::CellSummary* summary(const std::string& workload,
                                                    const std::string& target,
                                                    const std::string& metric,
                                                    bool control = false) const;
  [[nodiscard]] CellView cell(const Row& row, const std::string& target) const;
  /// The geometric mean over a group of workloads, or nullptr if there is none.
  [[nodiscard]] const results::Compared* group(const std::string& group,
                                               const std::string& target) const;
  /// The same as a cell, without a summary; kAbsent if there is none.
  [[nodiscard]] CellView group_cell(const std::string& group, const std::string& target) const;
  /// Whether a difference was found on any target.
  [[nodiscard]] bool tells_something(const Row& row) const;
  /// The values of a metric on two targets, in pairs by block.
  [[nodiscard]] results::Matched pairs(const Row& row, const std::string& target,
                                       const std::string& other) const;
  /// All good trials' values; over all workloads if `workload` is empty.
  [[nodiscard]] std::vector<double> values(const std::string& workload, const std::string& target,
                                           const std::string& metric) const;

 private:
  void make_rows();

  std::filesystem::path file_;
  results::MeasuredRun run_;
  std::vector<FailedTrials> failed_;
  results::Comparison comparison_;
  std::vector<Row> rows_;
  std::map<std::tuple<std::string, std::string, std::string, bool>, const results::CellSummary*>
      cells_;
  std::map<std::tuple<std::string, std::string, std::string>, const results::Compared*> compared_;
};

/// By workload, the headline metric that the run's definition names.
std::map<std::string, std::string> headlines_of(const results::RunHeader& header);

/// The part of a workload's name before the first '/'.
std::string group_of(const std::string& workload);

}  // namespace strata::plots
