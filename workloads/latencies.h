#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <utility>

#include "workloads/histogram.h"

namespace strata::workloads {

/// Carries `operation` out and adds how long it took.
template <typename Operation>
void timed(Histogram& histogram, Operation&& operation) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<Operation>(operation)();
  const auto took = std::chrono::steady_clock::now() - start;
  histogram.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
}

/// The distribution as counters in ns; a quantile only where there are ten values beyond it.
inline void report(const Histogram& histogram, benchmark::State& state) {
  const auto enough = [&](double q) {
    return static_cast<double>(histogram.count()) * (1 - q) >= 10;
  };
  for (const auto& [name, q] :
       {std::pair{"p50_ns", 0.5}, {"p90_ns", 0.9}, {"p99_ns", 0.99}, {"p999_ns", 0.999}}) {
    if (enough(q)) state.counters[name] = histogram.quantile(q);
  }
  state.counters["max_ns"] = static_cast<double>(histogram.max());
}

}  // namespace strata::workloads
