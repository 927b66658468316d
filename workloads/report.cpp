#include "workloads/report.h"

#include <cerrno>
#include <cstring>

namespace strata::workloads {

void set_checksum(benchmark::State& state, std::uint64_t what_was_computed) {
  constexpr unsigned kBitsOfADouble = 53;
  state.counters["checksum"] =
      static_cast<double>(what_was_computed & ((1ULL << kBitsOfADouble) - 1));
}

void fail(benchmark::State& state, const std::string& text) { state.SkipWithError(text.c_str()); }

void fail_errno(benchmark::State& state, const std::string& tried) {
  fail(state, tried + ": " + std::strerror(errno));
}

void report(const Histogram& histogram, benchmark::State& state) {
  constexpr double kValuesBeyond = 10;
  for (const auto& [name, q] :
       {std::pair{"p50_ns", 0.5}, {"p90_ns", 0.9}, {"p99_ns", 0.99}, {"p999_ns", 0.999}}) {
    if (static_cast<double>(histogram.count()) * (1 - q) >= kValuesBeyond - 1e-6) {
      state.counters[name] = histogram.quantile(q);
    }
  }
  state.counters["max_ns"] = static_cast<double>(histogram.max());
}

}  // namespace strata::workloads
