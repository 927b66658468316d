// Memory: bandwidth, by the four kernels of STREAM (McCalpin, cs.virginia.edu/stream). One thread.
//
// STREAM's rules: arrays at least four times the last-level cache; the best time counts, of which
// the first is left out (here one round before the timed ones); bytes are those that the kernel
// names, write-allocate traffic is not counted. The counters say what was measured with:
// array_bytes, and last_level_cache_bytes as the processor gives it, which in a virtual machine may
// be that of the whole host. Peer: likwid-bench.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/mapping.h"
#include "workloads/memory_room.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

struct Arrays {
  double* __restrict a;
  double* __restrict b;
  double* __restrict c;
  std::size_t count;
};

constexpr double kScalar = 3.0;
// What the arrays hold at first; whatever the number of rounds, each kernel's result is then one
// number.
constexpr double kA = 1.0;
constexpr double kB = 2.0;
constexpr double kC = 0.5;

/// One of STREAM's kernels: what it does, the arrays it names, and what is in its result.
struct Kernel {
  const char* name;
  const char* formula;
  void (*run)(const Arrays&);
  std::size_t arrays;
  double expected;
};

// Their arrays never overlap, which `__restrict` says; so the compiler makes of them what it makes
// of STREAM's own static arrays. Unrolled, as likwid's are: one pair of numbers a round would be 5
// % slower.
void copy(const Arrays& on) {
  double* __restrict to = on.a;
  const double* __restrict from = on.b;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < on.count; ++i) to[i] = from[i];
}
void scale(const Arrays& on) {
  double* __restrict to = on.a;
  const double* __restrict from = on.b;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < on.count; ++i) to[i] = kScalar * from[i];
}
void add(const Arrays& on) {
  double* __restrict to = on.a;
  const double* __restrict from = on.b;
  const double* __restrict other = on.c;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < on.count; ++i) to[i] = from[i] + other[i];
}
void triad(const Arrays& on) {
  double* __restrict to = on.a;
  const double* __restrict from = on.b;
  const double* __restrict other = on.c;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < on.count; ++i) to[i] = from[i] + kScalar * other[i];
}

constexpr Kernel kCopy{"copy", "a[i] = b[i]", copy, 2, kB};
constexpr Kernel kScale{"scale", "a[i] = q b[i]", scale, 2, kScalar* kB};
constexpr Kernel kAdd{"add", "a[i] = b[i] + c[i]", add, 3, kB + kC};
constexpr Kernel kTriad{"triad", "a[i] = b[i] + q c[i]", triad, 3, kB + kScalar* kC};

/// `array_bytes` 0: by STREAM's rule.
void stream(benchmark::State& state, const Kernel& kernel, std::size_t array_bytes) {
  constexpr std::size_t kLeast = 64UL << 20U;
  const auto cache = last_level_cache();
  if (array_bytes == 0) array_bytes = std::max<std::size_t>(kLeast, 4 * cache);
  if (!require_memory(state, 3 * array_bytes)) return;
  // Filled once a process: Google Benchmark calls this several times to find its number of rounds.
  static const Mapping kMemory(3 * array_bytes);
  if (!kMemory) return fail_errno(state, "map three arrays");
  const auto count = array_bytes / sizeof(double);
  auto* const first = kMemory.as<double>();
  const Arrays arrays{first, first + count, first + 2 * count, count};
  if (arrays.b[0] != kB) {
    std::fill_n(arrays.a, count, kA);
    std::fill_n(arrays.b, count, kB);
    std::fill_n(arrays.c, count, kC);
  }
  kernel.run(arrays);
  std::vector<double> seconds;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    kernel.run(arrays);
    benchmark::ClobberMemory();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  if (std::any_of(arrays.a, arrays.a + count, [&](double x) { return x != kernel.expected; })) {
    return fail(state, std::string(kernel.name) + " computed a wrong array");
  }
  const auto bytes = static_cast<double>(kernel.arrays * array_bytes);
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  state.counters["median_bytes_per_second"] = bytes / *middle;
  state.counters["best_bytes_per_second"] =
      bytes / *std::min_element(seconds.begin(), seconds.end());
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(kernel.arrays * array_bytes));
  state.counters["array_bytes"] = static_cast<double>(array_bytes);
  state.counters["last_level_cache_bytes"] = static_cast<double>(cache);
  set_checksum(state, static_cast<std::uint64_t>(kernel.expected * 2));
}

bool add_stream(const Kernel& kernel) {
  return add_workload(
      {.name = std::string("memory/stream_") + kernel.name,
       .summary = std::string(kernel.formula) + " over arrays of 4 x the last-level cache (STREAM)",
       .metric = "median_bytes_per_second",
       .unit = "B/s",
       .higher_is_better = true,
       .seconds = 1.2,
       .needs = {"memory:12 x last-level cache"}},
      [&kernel](auto& state) { stream(state, kernel, 0); });
}

const bool kStream = add_stream(kCopy) && add_stream(kScale) && add_stream(kAdd) &&
                     add_stream(kTriad) &&
                     add_workload({.name = "memory/stream_triad/64MiB",
                                   .summary = "triad over arrays of 64 MiB, whatever the cache",
                                   .metric = "median_bytes_per_second",
                                   .unit = "B/s",
                                   .higher_is_better = true,
                                   .seconds = 0.8,
                                   .needs = {"memory:192 MiB"}},
                                  [](auto& state) { stream(state, kTriad, 64UL << 20U); });

}  // namespace
}  // namespace strata::workloads
