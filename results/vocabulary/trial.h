#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/error.h"
#include "results/vocabulary/stamps.h"

namespace strata {

enum class Better { kLower, kHigher };

/// One finite number that was measured. What was not measured has no Metric; it is never 0 or NaN.
struct Metric {
  std::string name;  ///< "real_time", "startup", "bytes_per_second", …
  double value = 0;  ///< finite, in `unit`
  std::string unit;  ///< "ns", "us", "ms", "s", "B", "B/s", "1/s", or empty for a plain number
  Better better = Better::kLower;

  bool operator==(const Metric&) const = default;
};

/// One fresh instance that ran one cell: the independent unit of the statistics.
struct Trial {
  std::string workload;
  std::string target;
  bool control = false;  ///< the baseline's second arm in its block (A/A); never one of the results
  std::uint32_t block = 0;  ///< from 0; trials of one workload and block are paired
  std::uint32_t order = 0;  ///< place within the whole run, from 0, as it was carried out
  Stamps stamps;
  std::vector<Metric> metrics;  ///< names are unique
  std::string program_digest;   ///< SHA-256 of the program that ran, lower-case hex
  /// What the program computed, as it attests it: equal in every paradigm for the same workload.
  /// Absent if the program says nothing of it.
  std::optional<std::string> checksum;
  std::string
      sample;  ///< the sample frame's JSON line exactly as the agent sent it; empty if none came
  std::optional<Failure> failure;  ///< set: the trial failed; what it has measured until then stays

  [[nodiscard]] const Metric* metric(std::string_view name) const;
};

}  // namespace strata
