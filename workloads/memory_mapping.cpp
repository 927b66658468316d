// Memory: what the kernel does to give it. In a guest each first touch may be a fault at two
// levels.

#include <sys/resource.h>

#include <fstream>
#include <string>

#include "workloads/mapping.h"
#include "workloads/memory_room.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kMiB = 1UL << 20U;
constexpr std::size_t kSmallPage = 4096;
constexpr std::size_t kHugePage = 2 * kMiB;
constexpr std::size_t kRegion = 64 * kMiB;

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// The first place of `memory` where a huge page can begin.
char* aligned(const Mapping& memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.as<char>());
  return memory.as<char>() + ((kHugePage - address % kHugePage) % kHugePage);
}

/// Whether touching 2 MiB page by page takes one fault and not 512.
bool gets_huge_pages(const Mapping& memory) {
  constexpr long kFewFaults = 64;
  char* const place = aligned(memory);
  const auto before = page_faults();
  for (std::size_t at = 0; at < kHugePage; at += kSmallPage) place[at] = 1;
  const bool few = page_faults() - before < kFewFaults;
  memory.advise(MADV_DONTNEED);
  return few;
}

/// The first write to a page of anonymous memory: the kernel's fault handler, a cleared page, and
/// the page tables. Pages are given back, outside the time, after each 64 MiB. Unit: ns a fault.
/// Warm-up: one round over the region.
void page_fault(benchmark::State& state, std::size_t page, int advice) {
  if (!require_memory(state, kRegion + kHugePage)) return;
  const Mapping memory(kRegion + kHugePage);
  if (!memory) return fail_errno(state, "map 66 MiB");
  if (!memory.advise(advice)) return fail_errno(state, "choose the size of pages by madvise");
  if (page == kHugePage && !gets_huge_pages(memory)) {
    return fail(state,
                "touch a huge page: the kernel gave small ones; "
                "/sys/kernel/mm/transparent_hugepage/enabled must say madvise or always");
  }
  char* const place = aligned(memory);
  for (std::size_t at = 0; at < kRegion; at += page) place[at] = 1;
  memory.advise(MADV_DONTNEED);
  std::size_t at = 0;
  long faults = 0;
  auto before = page_faults();
  for (auto _ : state) {
    place[at] = 1;
    at += page;
    if (at < kRegion) continue;
    state.PauseTiming();
    faults += page_faults() - before;
    at = 0;
    if (!memory.advise(MADV_DONTNEED)) return fail_errno(state, "give memory back by madvise");
    before = page_faults();
    state.ResumeTiming();
  }
  faults += page_faults() - before;
  // gVisor counts none at all; who counts must have counted each.
  if (faults > 0 && faults < state.iterations()) {
    return fail(state, "the kernel counted fewer faults than pages were touched");
  }
  set_checksum(state, page);
}

/// mmap of 1 MiB and munmap, none of it touched: what a change of the address space costs (lmbench
/// lat_mmap). Unit: ns for both. Warm-up: none.
void map_unmap(benchmark::State& state, bool touched) {
  for (auto _ : state) {
    const Mapping memory(kMiB);
    if (!memory) return fail_errno(state, "map 1 MiB");
    auto* const first = memory.as<char>();
    if (touched) {
      for (std::size_t at = 0; at < kMiB; at += kSmallPage) first[at] = 1;
    }
    benchmark::DoNotOptimize(first);
  }
  set_checksum(state, kMiB);
}

const bool kSmallFault =
    add_workload({.name = "memory/page_fault/4KiB",
                  .summary = "first touch of a page, huge pages off",
                  .needs = {"memory:66 MiB"}},
                 [](auto& state) { page_fault(state, kSmallPage, MADV_NOHUGEPAGE); });
const bool kHugeFault =
    add_workload({.name = "memory/page_fault/2MiB",
                  .summary = "first touch of a huge page",
                  .needs = {"memory:66 MiB", "transparent huge pages"}},
                 [](auto& state) { page_fault(state, kHugePage, MADV_HUGEPAGE); });
const bool kMapUnmap = add_workload(
    {.name = "memory/mmap_munmap/1MiB", .summary = "1 MiB mapped and unmapped, untouched"},
    [](auto& state) { map_unmap(state, false); });
const bool kMapTouchUnmap = add_workload(
    {.name = "memory/mmap_munmap/1MiB/touched", .summary = "1 MiB mapped, touched, unmapped"},
    [](auto& state) { map_unmap(state, true); });

}  // namespace
}  // namespace strata::workloads
