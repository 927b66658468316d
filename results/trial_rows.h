#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "results/vocabulary/trial.h"

namespace strata::results {

/// Trials as rows of numbers, with every text in a table: what keeps a result with a million of
/// them small and readable in one pass. A row is flat:
///
///     workload, target, control, block, order, program, checksum, failure,
///     created … removed, signal_round_trip        (ns since the request; null: absent)
///     then metric, value, metric, value …
///
/// where workload, target, program, checksum, failure and metric are places in the tables (null:
/// none).
class TrialRows {
 public:
  /// The row's JSON array, appended to `out`; its texts go into the tables.
  void append_row(const Trial& trial, std::string& out);
  /// The other way round; null is NaN. Throws Error for a row that the tables do not bear out.
  [[nodiscard]] Trial trial_of(std::span<const double> row) const;

  [[nodiscard]] nlohmann::json tables() const;
  /// Throws nlohmann::json::exception for what is missing or of another type.
  void set_tables(const nlohmann::json& json);

 private:
  class Table {
   public:
    std::size_t place_of(const std::string& text);
    [[nodiscard]] const std::string& at(double place, const char* what) const;
    std::vector<std::string> texts;

   private:
    std::map<std::string, std::size_t, std::less<>> places_;
  };
  struct Kind {
    std::string name;
    std::string unit;
    Better better = Better::kLower;
  };

  Table workloads_;
  Table targets_;
  Table programs_;
  Table checksums_;
  std::vector<Failure> failures_;
  std::vector<Kind> metrics_;
  std::map<std::tuple<std::string, std::string, Better>, std::size_t> metric_places_;
};

}  // namespace strata::results
