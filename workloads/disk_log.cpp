// Disk: appending to a log and waiting until it is on the disk, as a database does.

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "workloads/disk_file.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

/// 4 KiB appended to a file and brought to the disk by `sync`. The file begins anew, outside the
/// time, after 64 MiB. Unit: ns for both calls. Warm-up: one append. Peer: fio --rw=write --bs=4k
/// --fsync=1 (or --fdatasync=1).
void append(benchmark::State& state, int (*sync)(int)) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kMost = (64UL << 20U) / kBlock;
  const auto fd = scratch_file(O_APPEND);
  if (!fd) return fail_errno(state, "make a file in " + scratch_folder());
  const auto block = io_buffer(kBlock);
  if (!block) return fail_errno(state, "map a buffer");
  const auto once = [&] {
    return ::write(fd.get(), block.as<char>(), kBlock) == static_cast<ssize_t>(kBlock) &&
           sync(fd.get()) == 0;
  };
  const auto failed = [&] { fail_errno(state, "append 4 KiB and sync in " + scratch_folder()); };
  if (!once()) return failed();
  std::size_t blocks = 1;
  Histogram histogram;
  for (auto _ : state) {
    bool done = false;
    timed(histogram, [&] { done = once(); });
    if (!done) return failed();
    if (++blocks < kMost) continue;
    state.PauseTiming();
    if (::ftruncate(fd.get(), 0) != 0) return fail_errno(state, "truncate a file");
    blocks = 0;
    state.ResumeTiming();
  }
  if (::lseek(fd.get(), 0, SEEK_END) != static_cast<off_t>(blocks * kBlock)) {
    return fail(state, "the file has another size than what was appended");
  }
  report(histogram, state);
  state.counters["iops"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBlock));
  set_checksum(state, kBlock);
}

const bool kFsync = add_workload(
    {.name = "disk/append_fsync/4KiB", .summary = "append 4 KiB and fsync", .needs = {"scratch"}},
    [](auto& state) { append(state, ::fsync); });
const bool kFdatasync = add_workload({.name = "disk/append_fdatasync/4KiB",
                                      .summary = "append 4 KiB and fdatasync",
                                      .needs = {"scratch"}},
                                     [](auto& state) { append(state, ::fdatasync); });

}  // namespace
}  // namespace strata::workloads
