// Disk: the scratch folder's file system and what lies below it. Each file has no name or loses it
// at once, so that nothing is left however the program ends.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "workloads/common/unique_fd.h"
#include "workloads/latencies.h"
#include "workloads/registry.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kBlock = 4096;

std::string scratch_folder() {
  for (const char* const name : {"STRATA_SCRATCH", "TMPDIR"}) {
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0')
      return value;
  }
  return "/tmp";
}

/// A file of the scratch folder without a name.
UniqueFd scratch_file(int flags) {
  const auto folder = scratch_folder();
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600));
  if (fd) return fd;
  // Not every file system has O_TMPFILE (overlay on old kernels, gVisor's).
  auto name = folder + "/strata-workload-XXXXXX";
  fd.reset(::mkostemp(name.data(), O_CLOEXEC | flags));
  if (fd) ::unlink(name.c_str());
  return fd;
}

void skip(benchmark::State& state, const std::string& tried) {
  const auto text = tried + " in " + scratch_folder() + ": " + std::strerror(errno);
  state.SkipWithError(text.c_str());
}

/// Memory that O_DIRECT takes: aligned to a block.
struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using AlignedBlock = std::unique_ptr<std::uint64_t[], Free>;
AlignedBlock aligned_block() {
  return AlignedBlock(static_cast<std::uint64_t*>(std::aligned_alloc(kBlock, kBlock)));
}

/// Reads of 4 KiB at random places of a file of 32 MiB, one at a time, past the page cache where
/// the file system can (the counter direct says so). Unit: ns a read. Peer: fio --rw=randread
/// --bs=4k --iodepth=1 --direct=1.
void random_read(benchmark::State& state) {
  constexpr std::size_t kBlocks = (32UL << 20U) / kBlock;
  const auto fd = scratch_file(0);
  if (!fd) return skip(state, "make a file");
  const auto block = aligned_block();
  for (std::size_t i = 0; i < kBlocks; ++i) {
    // Each block begins with its own number, so that a read from the wrong place is noticed.
    std::fill_n(block.get(), kBlock / sizeof(std::uint64_t), i * 0x9e3779b97f4a7c15ULL + 1);
    block[0] = i;
    if (::pwrite(fd.get(), block.get(), kBlock, static_cast<off_t>(i * kBlock)) !=
        static_cast<ssize_t>(kBlock)) {
      return skip(state, "write 32 MiB");
    }
  }
  if (::fsync(fd.get()) != 0) return skip(state, "fsync a file");
  const bool direct = ::fcntl(fd.get(), F_SETFL, O_DIRECT) == 0 &&
                      ::pread(fd.get(), block.get(), kBlock, 0) == static_cast<ssize_t>(kBlock);
  if (!direct) ::fcntl(fd.get(), F_SETFL, 0);
  Random random;
  Histogram histogram;
  for (auto _ : state) {
    const auto which = random.below(kBlocks);
    ssize_t count = 0;
    timed(histogram, [&] {
      count = ::pread(fd.get(), block.get(), kBlock, static_cast<off_t>(which * kBlock));
    });
    if (count != static_cast<ssize_t>(kBlock)) return skip(state, "read 4 KiB");
    if (block[0] != which) {
      state.SkipWithError("a read came from another place of the file");
      return;
    }
  }
  report(histogram, state);
  state.counters["direct"] = direct ? 1 : 0;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBlock));
  set_checksum(state, kBlocks);
}

/// 4 KiB appended to a file and brought to the disk by fsync: what a database's log does. Unit: ns
/// for both. Peer: fio --rw=write --bs=4k --fsync=1.
void append_fsync(benchmark::State& state) {
  const auto fd = scratch_file(O_APPEND);
  if (!fd) return skip(state, "make a file");
  const auto block = aligned_block();
  std::fill_n(block.get(), kBlock / sizeof(std::uint64_t), 0x5eedULL);
  Histogram histogram;
  for (auto _ : state) {
    bool done = false;
    timed(histogram, [&] {
      done = ::write(fd.get(), block.get(), kBlock) == static_cast<ssize_t>(kBlock) &&
             ::fsync(fd.get()) == 0;
    });
    if (!done) return skip(state, "append 4 KiB and fsync");
  }
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  if (size != state.iterations() * static_cast<off_t>(kBlock)) {
    state.SkipWithError("the file has another size than what was appended");
  }
  report(histogram, state);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kBlock));
  set_checksum(state, kBlock);
}

const bool kRandomRead = add_workload({.name = "disk/random_read/4KiB",
                                       .summary = "4 KiB from a random place of 32 MiB, O_DIRECT",
                                       .needs = {"scratch"}},
                                      random_read);
const bool kAppendFsync = add_workload(
    {.name = "disk/append_fsync/4KiB", .summary = "append 4 KiB and fsync", .needs = {"scratch"}},
    append_fsync);

}  // namespace
}  // namespace strata::workloads
