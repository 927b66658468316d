#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "results/text_table.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// Trials as rows of numbers, with every text in a table: what keeps a result with a million of
/// them small and readable in one pass. A row is flat:
///
///     workload, target, control, block, order, program, checksum, failure,
///     created … removed, signal_round_trip        (ns since `requested`; null: absent)
///     then metric, value, metric, value …
///
/// where workload, target, program, checksum, failure and metric are places in the tables (null:
/// none), control is 0 or 1. The sample is not in it: it stands in the journal.
class TrialRowWriter {
 public:
  /// The row's JSON array, appended to `out`; its texts go into the tables.
  void append_row(const Trial& trial, std::string& out);
  [[nodiscard]] nlohmann::json tables() const;

 private:
  std::size_t place_of(const Failure& failure);

  TextTable workloads_;
  TextTable targets_;
  TextTable programs_;
  TextTable checksums_;
  MetricTable metrics_;
  std::vector<Failure> failures_;
  std::unordered_map<std::string, std::size_t> failure_places_;
};

/// The other way round.
class TrialRowReader {
 public:
  TrialRowReader() = default;
  /// Throws nlohmann::json::exception for what is missing or of another type.
  explicit TrialRowReader(const nlohmann::json& tables);

  /// The trial of a row, as text: valid until the next call. Outside data: throws Error for what is
  /// no row, or one that the tables do not bear out.
  const Trial& read(std::string_view row);

 private:
  std::vector<std::string> workloads_;
  std::vector<std::string> targets_;
  std::vector<std::string> programs_;
  std::vector<std::string> checksums_;
  std::vector<MetricKind> metrics_;
  std::vector<Failure> failures_;
  std::vector<double> numbers_;
  Trial trial_;  ///< kept, so that a million of them need no memory anew
};

}  // namespace strata::results
