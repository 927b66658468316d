// Memory: latency. In a guest, nested paging and huge pages make the difference.

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "workloads/mapping.h"
#include "workloads/memory_room.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kKiB = 1UL << 10U;
constexpr std::size_t kMiB = 1UL << 20U;

struct alignas(64) Line {
  const Line* next;
};

/// Makes one cycle through all lines, in random order: Sattolo's shuffle, never several small ones.
void make_cycle(Line* lines, std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Random random;
  for (std::size_t i = count - 1; i > 0; --i) std::swap(order[i], order[random.below(i)]);
  for (std::size_t i = 0; i < count; ++i) lines[order[i]].next = &lines[order[(i + 1) % count]];
}

/// One dependent load after the other through a random cycle over all cache lines of a buffer: the
/// time of a load from whatever level holds the buffer. Unit: ns a load. Warm-up: once around, but
/// no more than 4 Mi loads. Peer: lmbench lat_mem_rd.
void pointer_chase(benchmark::State& state, std::size_t size) {
  const auto count = size / sizeof(Line);
  static const Mapping kMemory(size);
  if (!kMemory) return fail_errno(state, "map " + std::to_string(size / kMiB) + " MiB");
  auto* const lines = kMemory.as<Line>();
  if (lines->next == nullptr) {  // the first call of several
    if (!require_memory(state, size + count * sizeof(std::uint32_t))) return;
    make_cycle(lines, count);
  }
  constexpr std::size_t kMostWarmUp = 4UL << 20U;
  const Line* at = lines;
  Digest checksum;
  for (std::size_t i = 0; i < std::min(count, kMostWarmUp); ++i) {
    at = at->next;
    if (i < 1000) checksum.add(static_cast<std::uint64_t>(at - lines));
    if (at == lines && i + 1 < count) return fail(state, "the cycle closes too early");
  }
  if (count <= kMostWarmUp && at != lines) return fail(state, "the cycle does not close");
  constexpr std::int64_t kBatch = 1024;
  while (state.KeepRunningBatch(kBatch)) {
    for (std::int64_t i = 0; i < kBatch; ++i) at = at->next;
    benchmark::DoNotOptimize(at);
  }
  set_checksum(state, checksum.value());
}

/// HPC Challenge's RandomAccess: read, change and write random words of a table far beyond the
/// caches; the order is a sequence of 64-bit shifts (the polynomial of HPCC), and doing all of it a
/// second time brings the table back, which is the check. One stream, no look-ahead. Unit: updates
/// per second. Warm-up: the table is filled.
void random_access(benchmark::State& state) {
  constexpr std::size_t kSize = 256 * kMiB;
  constexpr std::size_t kWords = kSize / sizeof(std::uint64_t);
  constexpr std::uint64_t kPolynomial = 7;
  static const Mapping kMemory(kSize);
  if (!kMemory) return fail_errno(state, "map 256 MiB");
  auto* const table = kMemory.as<std::uint64_t>();
  if (table[1] == 0) {
    if (!require_memory(state, kSize)) return;
    std::iota(table, table + kWords, std::uint64_t{0});
  }
  constexpr std::uint64_t kStart = 0x123456789abcdefULL;
  std::uint64_t value = kStart;
  const auto update = [&] {
    value = (value << 1U) ^ (static_cast<std::int64_t>(value) < 0 ? kPolynomial : 0);
    table[value & (kWords - 1)] ^= value;
  };
  constexpr std::int64_t kBatch = 4096;
  while (state.KeepRunningBatch(kBatch)) {
    for (std::int64_t i = 0; i < kBatch; ++i) update();
  }
  value = kStart;
  const auto done = state.iterations();
  for (std::int64_t i = 0; i < done; ++i) update();
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < kWords; ++i) wrong += table[i] == i ? 0 : 1;
  if (wrong > 0) return fail(state, std::to_string(wrong) + " words of the table are wrong");
  state.counters["updates_per_second"] =
      benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
  set_checksum(state, kWords);
}

bool add_chase(std::size_t size, const char* text, double seconds) {
  Description description{.name = std::string("memory/pointer_chase/") + text,
                          .summary = std::string("dependent loads within ") + text,
                          .seconds = seconds};
  if (size >= kMiB)
    description.needs = {"memory:" + std::to_string(size / kMiB * 17 / 16) + " MiB"};
  return add_workload(description, [size](auto& state) { pointer_chase(state, size); });
}

const bool kChase = add_chase(4 * kKiB, "4KiB", 0.6) && add_chase(16 * kKiB, "16KiB", 0.6) &&
                    add_chase(256 * kKiB, "256KiB", 0.6) && add_chase(512 * kKiB, "512KiB", 0.6) &&
                    add_chase(4 * kMiB, "4MiB", 0.6) && add_chase(16 * kMiB, "16MiB", 0.8) &&
                    add_chase(64 * kMiB, "64MiB", 1.2) && add_chase(256 * kMiB, "256MiB", 2.5) &&
                    add_chase(1024 * kMiB, "1GiB", 6);
const bool kRandomAccess =
    add_workload({.name = "memory/random_access/256MiB",
                  .summary = "random words of 256 MiB read, changed and written (GUPS)",
                  .metric = "updates_per_second",
                  .unit = "1/s",
                  .higher_is_better = true,
                  .seconds = 2,
                  .needs = {"memory:256 MiB"}},
                 random_access);

}  // namespace
}  // namespace strata::workloads
