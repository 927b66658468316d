// Disk: one request at a time by pread and pwrite, past the page cache or through it.

#include <unistd.h>

#include <string>

#include "workloads/disk_file.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

/// Unit: ns a request; latencies from call to return. Warm-up: the file is written and read once.
/// Through the page cache a write ends in memory: when the kernel writes it out is not in the time
/// of one request. Peer: fio --ioengine=psync.
void blocking(benchmark::State& state, const Access& access) {
  const auto* const file = DiskFile::open(state, access);
  if (file == nullptr) return;
  const auto memory = io_buffer(access.block);
  if (!memory) return fail_errno(state, "map a buffer");
  auto* const buffer = memory.as<std::uint64_t>();
  Places places(access);
  Histogram histogram;
  for (auto _ : state) {
    const auto offset = places.next();
    if (access.write) DiskFile::number(buffer, access.block, offset);
    ssize_t count = 0;
    timed(histogram, [&] {
      count = access.write ? ::pwrite(file->fd(), buffer, access.block, offset)
                           : ::pread(file->fd(), buffer, access.block, offset);
    });
    if (count != static_cast<ssize_t>(access.block)) {
      return fail_errno(state, (access.write ? "write in " : "read in ") + scratch_folder());
    }
    if (!access.write && !DiskFile::is_from(offset, buffer)) {
      return fail(state, "a read came from another place of the file");
    }
  }
  if (access.write && !file->is_whole()) return fail(state, "a write went to another place");
  report(histogram, state);
  report_access(access, state);
}

bool add_access(const Access& access) {
  return add_workload(
      {.name = "disk/" + access_name(access) + (access.page_cache ? "/page_cache" : ""),
       .summary = access_summary(access),
       .needs = {"scratch"}},
      [access](auto& state) { blocking(state, access); });
}

constexpr std::size_t kKiB = 1UL << 10U;
constexpr std::size_t kMiB = 1UL << 20U;
const bool kDirect = add_access({.random = true}) && add_access({.write = true, .random = true}) &&
                     add_access({.random = true, .block = 64 * kKiB}) &&
                     add_access({.write = true, .random = true, .block = 64 * kKiB}) &&
                     add_access({}) && add_access({.write = true}) && add_access({.block = kMiB}) &&
                     add_access({.write = true, .block = kMiB});
const bool kCached = add_access({.random = true, .page_cache = true}) &&
                     add_access({.write = true, .random = true, .page_cache = true}) &&
                     add_access({.block = kMiB, .page_cache = true}) &&
                     add_access({.write = true, .block = kMiB, .page_cache = true});

}  // namespace
}  // namespace strata::workloads
