#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "results/text_table.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// A value and what it is paired by: the block, or workload and block put into one number.
struct Paired {
  std::uint64_t pair = 0;
  double value = 0;
};

/// The values of pairs that both lists have, by place. The lists may come in any order.
struct Matched {
  std::vector<std::uint64_t> pairs;
  std::vector<double> first;
  std::vector<double> second;
};
Matched match(std::vector<Paired> first, std::vector<Paired> second);

/// All good trials of one cell, in numbers only.
class CellMeasurements {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// One metric of all good trials, in the order they came; NaN where a trial has it not, and the
  /// values of the last trials missing if they have it not.
  struct Column {
    std::size_t kind = 0;
    std::vector<double> values;
  };

  void add_trial(std::uint32_t block) { blocks_.push_back(block); }
  void add_failed() { ++failed_; }
  /// Of the trial that was added last.
  void add_value(std::size_t kind, double value);

  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] std::size_t trials() const { return blocks_.size(); }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  /// Appends the values of a metric, each paired by its block below `pair_base`.
  void append_to(std::vector<Paired>& list, std::size_t kind, std::uint64_t pair_base = 0) const;

 private:
  std::vector<std::uint32_t> blocks_;
  std::vector<Column> columns_;
  std::vector<std::size_t> column_of_;  ///< by metric; kNone where there is none
  std::size_t failed_ = 0;
};

/// The trials of a run by cell, in numbers only: 8 bytes a metric.
class Measurements {
 public:
  /// Places of workload and target in their tables, and whether it is the control arm.
  using Key = std::tuple<std::size_t, std::size_t, bool>;

  Measurements() = default;
  /// Keeps only metrics of these names.
  explicit Measurements(std::vector<std::string> only) : only_(std::move(only)) {}

  void add(const Trial& trial);

  [[nodiscard]] const std::map<Key, CellMeasurements>& cells() const { return cells_; }
  [[nodiscard]] const std::vector<std::string>& workloads() const { return workloads_.texts(); }
  [[nodiscard]] const std::vector<std::string>& targets() const { return targets_.texts(); }
  [[nodiscard]] const std::vector<MetricKind>& kinds() const { return metrics_.kinds(); }
  /// The cell, or nullptr if no trial of it came.
  [[nodiscard]] const CellMeasurements* cell(std::string_view workload, std::string_view target,
                                             bool control = false) const;
  /// Startup is the same act whatever is run afterwards: all workloads' values of a metric on one
  /// target (or its control arm), paired by workload and block. Workloads are numbered as in
  /// workloads().
  [[nodiscard]] std::vector<Paired> over_all_workloads(std::string_view target, bool control,
                                                       std::size_t kind) const;

  [[nodiscard]] std::size_t trials() const { return trials_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  /// Workloads whose checksum or program differs between good trials, sorted.
  [[nodiscard]] std::vector<std::string> differing_workloads() const;

 private:
  /// What all trials of a workload must agree in. One value is kept: whether another came is all
  /// that is asked.
  struct Agreement {
    std::optional<std::string> first;
    bool broken = false;
    void add(const std::string& value);
  };

  void add_value(CellMeasurements& cell, std::string_view name, double value, std::string_view unit,
                 Better better);

  std::vector<std::string> only_;
  TextTable workloads_;
  TextTable targets_;
  MetricTable metrics_;
  std::map<Key, CellMeasurements> cells_;
  std::vector<Agreement> programs_;   ///< by workload
  std::vector<Agreement> checksums_;  ///< by workload
  std::size_t trials_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace strata::results
