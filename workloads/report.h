#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "workloads/histogram.h"

namespace strata::workloads {

/// Sets the counter "checksum": what the workload computed, as an integer that a double holds
/// exactly. It must be the same whatever the number of iterations and wherever it runs.
void set_checksum(benchmark::State& state, std::uint64_t what_was_computed);

/// Fails the workload with a text that says what was tried and what happened.
void fail(benchmark::State& state, const std::string& text);
/// The same after a system call; `tried` gets what errno means.
void fail_errno(benchmark::State& state, const std::string& tried);

/// Carries `operation` out and adds how long it took.
template <typename Operation>
void timed(Histogram& histogram, Operation&& operation) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<Operation>(operation)();
  const auto took = std::chrono::steady_clock::now() - start;
  histogram.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
}

/// The distribution as counters in ns: p50_ns, p90_ns, p99_ns, p999_ns, each only where there are
/// ten values beyond it, and max_ns.
void report(const Histogram& histogram, benchmark::State& state);

}  // namespace strata::workloads
