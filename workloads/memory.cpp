// Memory: bandwidth and latency. In a guest, nested paging and huge pages make the difference.

#include <numeric>
#include <utility>
#include <vector>

#include "workloads/registry.h"

namespace strata::workloads {
namespace {

/// STREAM's triad, a[i] = b[i] + q c[i] (McCalpin, cs.virginia.edu/stream). 24 bytes an element, as
/// STREAM counts them: write-allocate traffic is not. Three arrays of 64 MiB: STREAM asks for four
/// times the last-level cache, which virtual machines report as that of the whole host (hundreds of
/// MiB), and the start of each trial would then fill gigabytes; so this is bandwidth to memory
/// where the cache that a core can use is below 48 MiB, and the counter array_bytes says what it
/// was measured with.
void stream_triad(benchmark::State& state) {
  constexpr std::size_t kElements = (64UL << 20U) / sizeof(double);
  std::vector<double> a(kElements, 1.0);
  std::vector<double> b(kElements, 2.0);
  std::vector<double> c(kElements, 0.5);
  constexpr double kScalar = 3.0;
  for (auto _ : state) {
    double* const to = a.data();
    const double* const from = b.data();
    const double* const scaled = c.data();
    for (std::size_t i = 0; i < kElements; ++i) to[i] = from[i] + kScalar * scaled[i];
    benchmark::ClobberMemory();
  }
  for (const double element : a) {
    if (element != 3.5) {
      state.SkipWithError("triad computed a wrong sum");
      break;
    }
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(3 * kElements * sizeof(double)));
  state.counters["array_bytes"] = static_cast<double>(kElements * sizeof(double));
  set_checksum(state, static_cast<std::uint64_t>(std::accumulate(a.begin(), a.end(), 0.0)));
}

/// One dependent load after the other through a random cycle over all cache lines of a buffer: the
/// time of a load from whatever level holds the buffer. Unit: ns a load. Peer: lmbench lat_mem_rd.
template <std::size_t kSize>
void pointer_chase(benchmark::State& state) {
  struct alignas(64) Line {
    const Line* next;
  };
  std::vector<Line> lines(kSize / sizeof(Line));
  // Sattolo's shuffle: one cycle through all, never several small ones.
  std::vector<std::uint32_t> order(lines.size());
  std::iota(order.begin(), order.end(), 0U);
  Random random;
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i)]);
  for (std::size_t i = 0; i < order.size(); ++i) {
    lines[order[i]].next = &lines[order[(i + 1) % order.size()]];
  }
  // Once around: every page is mapped, and what fits into a cache is in it.
  const Line* at = lines.data();
  Digest checksum;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    at = at->next;
    if (i < 1000) checksum.add(static_cast<std::uint64_t>(at - lines.data()));
  }
  if (at != lines.data()) state.SkipWithError("the cycle does not close");
  constexpr std::int64_t kBatch = 1024;
  while (state.KeepRunningBatch(kBatch)) {
    for (std::int64_t i = 0; i < kBatch; ++i) at = at->next;
    benchmark::DoNotOptimize(at);
  }
  set_checksum(state, checksum.value());
}

const bool kTriad = add_workload({.name = "memory/stream_triad/64MiB",
                                  .summary = "a[i] = b[i] + q c[i] over arrays of 64 MiB (STREAM)",
                                  .metric = "bytes_per_second",
                                  .unit = "B/s",
                                  .higher_is_better = true,
                                  .needs = {"memory:192 MiB"}},
                                 stream_triad);
const bool kChaseL1 = add_workload({.name = "memory/pointer_chase/16KiB",
                                    .summary = "dependent loads within 16 KiB: first-level cache"},
                                   pointer_chase<(16UL << 10U)>);
const bool kChaseL2 =
    add_workload({.name = "memory/pointer_chase/512KiB",
                  .summary = "dependent loads within 512 KiB: second-level cache"},
                 pointer_chase<(512UL << 10U)>);
const bool kChaseMemory =
    add_workload({.name = "memory/pointer_chase/64MiB",
                  .summary = "dependent loads within 64 MiB: last-level cache or memory",
                  .needs = {"memory:64 MiB"}},
                 pointer_chase<(64UL << 20U)>);

}  // namespace
}  // namespace strata::workloads
