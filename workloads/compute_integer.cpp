// Compute: integers, branches and caches.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

/// The sieve of Eratosthenes over the odd numbers below a million, a byte each: 0.5 MB, which fits
/// into a second-level cache. Unit: ns a sieve. Warm-up: none, each round clears the sieve.
void prime_sieve(benchmark::State& state) {
  constexpr std::size_t kLimit = 1'000'000;
  constexpr std::uint64_t kPrimesBelow = 78'498;  // OEIS A006880
  std::vector<std::uint8_t> composite(kLimit / 2);
  std::uint64_t primes = 0;
  for (auto _ : state) {
    std::fill(composite.begin(), composite.end(), std::uint8_t{0});
    primes = 1;  // 2
    // Place i stands for 2 i + 1.
    for (std::size_t i = 1; i < composite.size(); ++i) {
      if (composite[i] != 0) continue;
      ++primes;
      for (std::size_t j = 2 * i * (i + 1); j < composite.size(); j += 2 * i + 1) composite[j] = 1;
    }
    benchmark::DoNotOptimize(primes);
  }
  if (primes != kPrimesBelow) fail(state, "the sieve found a wrong number of primes");
  set_checksum(state, primes);
}

/// std::sort of a million random 64-bit integers; copying them anew before each sort is in the time
/// (0.5 % of it). Unit: items per second. Warm-up: none.
void sort_integers(benchmark::State& state) {
  constexpr std::size_t kCount = 1'000'000;
  std::vector<std::uint64_t> unsorted(kCount);
  Random random;
  for (auto& value : unsorted) value = random.next();
  std::vector<std::uint64_t> values(kCount);
  for (auto _ : state) {
    std::copy(unsorted.begin(), unsorted.end(), values.begin());
    std::sort(values.begin(), values.end());
    benchmark::ClobberMemory();
  }
  if (!std::is_sorted(values.begin(), values.end())) fail(state, "the result is not sorted");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCount));
  Digest checksum;
  for (std::size_t i = 0; i < kCount; i += 1000) checksum.add(values[i]);
  set_checksum(state, checksum.value());
}

const bool kSieve = add_workload(
    {.name = "compute/prime_sieve/1M", .summary = "sieve of Eratosthenes below a million"},
    prime_sieve);
const bool kSort = add_workload({.name = "compute/sort/1M",
                                 .summary = "std::sort of a million random 64-bit integers",
                                 .metric = "items_per_second",
                                 .unit = "1/s",
                                 .higher_is_better = true},
                                sort_integers);

}  // namespace
}  // namespace strata::workloads
