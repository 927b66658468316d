#pragma once

#include <benchmark/benchmark.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "workloads/mapping.h"
#include "workloads/registry.h"
#include "workloads/scratch.h"

namespace strata::workloads {

/// How a workload reads or writes the file.
struct Access {
  bool write = false;
  bool random = false;
  std::size_t block = 4096;  ///< bytes of one request: a multiple of 4 KiB
  bool page_cache = false;   ///< false: O_DIRECT
  unsigned depth = 1;        ///< requests under way at a time
};

/// The file all reads and writes go to: 32 MiB without a name in the scratch folder, written and
/// brought to the disk in pieces of a request's size, as fio does it: on one virtual machine random
/// writes of 4 KiB were a third fewer in a file that had been written by the MiB. Each 4 KiB begin
/// with their own number, so that a read from the wrong place, or a write to it, is noticed.
class DiskFile {
 public:
  static constexpr std::size_t kSize = 32UL << 20U;
  static constexpr std::size_t kUnit = 4096;

  /// The file, ready for `access`; nullptr, and the workload failed with the reason (no room, no
  /// O_DIRECT), if it can't be.
  static const DiskFile* open(benchmark::State& state, const Access& access);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Whether what `buffer` holds is what was read from `offset`.
  static bool is_from(off_t offset, const std::uint64_t* buffer) {
    return buffer[0] == static_cast<std::uint64_t>(offset) / kUnit;
  }
  /// Numbers the units of `buffer` as those at `offset`.
  static void number(std::uint64_t* buffer, std::size_t size, off_t offset);
  /// Whether all units have their number; reads the whole file.
  [[nodiscard]] bool is_whole() const;

 private:
  /// Makes the file anew; false, and the workload failed with the reason, if it can't.
  bool write(benchmark::State& state, std::size_t block);

  UniqueFd fd_;
  std::size_t block_ = 0;  ///< the size of the pieces that it was written in
};

/// Memory that O_DIRECT takes, filled: not with zeros, which storage may leave out.
Mapping io_buffer(std::size_t size);

/// Where the next request goes: a random block, or the one behind the last, from the start again
/// at the end.
class Places {
 public:
  explicit Places(const Access& access) : access_(access) {}
  off_t next() {
    const auto blocks = DiskFile::kSize / access_.block;
    const auto which = access_.random ? random_.below(blocks) : next_++ % blocks;
    return static_cast<off_t>(which * access_.block);
  }

 private:
  const Access& access_;
  Random random_;
  std::uint64_t next_ = 0;
};

/// "random_read/4KiB", the beginning of a workload's name; and in words.
std::string access_name(const Access& access);
std::string access_summary(const Access& access);
/// Sets the counters that all share: iops, bytes per second, direct, checksum.
void report_access(const Access& access, benchmark::State& state);

}  // namespace strata::workloads
