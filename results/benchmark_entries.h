#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "results/journal.h"
#include "results/text_table.h"
#include "results/vocabulary/trial.h"

namespace strata::results {

/// A run as Google Benchmark's own tools, and those that read its files, expect it: what a result
/// holds beside `strata`.

/// `context`.
nlohmann::json benchmark_context(const RunHeader& header);

/// The entries of `benchmarks`: one for each good trial, named `workload@target`; the control arm
/// is `workload@control`, or a filter for the baseline would take both.
class BenchmarkEntries {
 public:
  explicit BenchmarkEntries(const RunHeader& header) : header_(header) {}

  /// A failed trial has none: those tools would take it for a good one. Nor one without the two
  /// times that every entry needs.
  static bool has_entry(const Trial& trial);
  void append_entry(const Trial& trial, std::string& out);

 private:
  const std::string& name_of_cell(const Trial& trial);
  const std::string& key_of(const Metric& metric);

  const RunHeader& header_;
  TextTable workloads_;
  TextTable targets_;
  MetricTable metrics_;
  std::vector<std::vector<std::string>> names_;  ///< by workload and target, as JSON
  std::vector<std::string> keys_;                ///< by metric: ,"name":
};

}  // namespace strata::results
