#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/trial.h"

namespace strata::results {

/// What one run of a Google Benchmark program said of one benchmark.
struct BenchmarkOutput {
  std::vector<Metric> metrics;  ///< real_time, cpu_time (both in ns), iterations, then the
                                ///< counters; repetitions of one name are reduced to their median
  std::optional<std::string> checksum;  ///< the counter "checksum", if there is one
};

/// Reads the JSON a Google Benchmark program prints and picks the benchmark called `name` (without
/// aggregates). Outside data: nothing in it is trusted. Throws Error whose text says what was wrong
/// and quotes the place: no JSON, half of it, no such benchmark, an error_message in it, NaN.
BenchmarkOutput parse_benchmark_output(std::string_view json, std::string_view name);

/// The names that `--benchmark_list_tests` printed, one a line, in order. Throws Error for an empty
/// list.
std::vector<std::string> parse_benchmark_list(std::string_view text);

/// An extended regular expression that matches `name` and nothing else, for --benchmark_filter.
std::string exact_filter(std::string_view name);

}  // namespace strata::results
