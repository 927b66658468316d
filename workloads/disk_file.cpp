#include "workloads/disk_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kPiece = 1UL << 20U;

std::string size_text(std::size_t size) {
  constexpr std::size_t kKiB = 1UL << 10U;
  constexpr std::size_t kMiB = 1UL << 20U;
  return size >= kMiB ? std::to_string(size / kMiB) + "MiB" : std::to_string(size / kKiB) + "KiB";
}

bool write_all(int fd, std::size_t block) {
  const auto piece = io_buffer(block);
  if (!piece) return false;
  for (std::size_t at = 0; at < DiskFile::kSize; at += block) {
    DiskFile::number(piece.as<std::uint64_t>(), block, static_cast<off_t>(at));
    const auto written = ::pwrite(fd, piece.as<char>(), block, static_cast<off_t>(at));
    if (written >= 0 && written != static_cast<ssize_t>(block)) errno = ENOSPC;
    if (written != static_cast<ssize_t>(block)) return false;
  }
  return true;
}

}  // namespace

Mapping io_buffer(std::size_t size) {
  Mapping memory(size);
  Random random;
  for (std::size_t i = 0; memory && i < size / sizeof(std::uint64_t); ++i) {
    memory.as<std::uint64_t>()[i] = random.next();
  }
  return memory;
}

void DiskFile::number(std::uint64_t* buffer, std::size_t size, off_t offset) {
  for (std::size_t at = 0; at < size; at += kUnit) {
    buffer[at / sizeof(std::uint64_t)] = (static_cast<std::uint64_t>(offset) + at) / kUnit;
  }
}

bool DiskFile::write(benchmark::State& state, std::size_t block) {
  const auto where = " in " + scratch_folder();
  auto fd = scratch_file();
  if (!fd) return fail_errno(state, "make a file" + where), false;
  if (!write_all(fd.get(), block)) return fail_errno(state, "write 32 MiB" + where), false;
  if (::fsync(fd.get()) != 0) return fail_errno(state, "fsync a file" + where), false;
  fd_ = std::move(fd);
  block_ = block;
  return true;
}

const DiskFile* DiskFile::open(benchmark::State& state, const Access& access) {
  static DiskFile file;
  if (file.block_ != access.block && !file.write(state, access.block)) return nullptr;
  if (access.page_cache) {
    ::fcntl(file.fd(), F_SETFL, 0);
    return &file;
  }
  // What is cached as well would have to be looked for with each request.
  ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
  // Some file systems take the flag and refuse the read.
  const auto buffer = io_buffer(kUnit);
  if (::fcntl(file.fd(), F_SETFL, O_DIRECT) != 0 ||
      ::pread(file.fd(), buffer.as<char>(), kUnit, 0) != static_cast<ssize_t>(kUnit)) {
    const std::string said = std::strerror(errno);
    fail(state, "read past the page cache (O_DIRECT) in " + scratch_folder() + ": " + said +
                    "; take the workload's page_cache kind, or scratch on another file system");
    return nullptr;
  }
  return &file;
}

bool DiskFile::is_whole() const {
  const auto piece = io_buffer(kPiece);
  for (std::size_t at = 0; at < kSize; at += kPiece) {
    const auto offset = static_cast<off_t>(at);
    if (::pread(fd(), piece.as<char>(), kPiece, offset) != static_cast<ssize_t>(kPiece))
      return false;
    for (std::size_t unit = 0; unit < kPiece; unit += kUnit) {
      if (!is_from(offset + static_cast<off_t>(unit),
                   &piece.as<std::uint64_t>()[unit / sizeof(std::uint64_t)])) {
        return false;
      }
    }
  }
  return true;
}

std::string access_name(const Access& access) {
  return std::string(access.random ? "random_" : "sequential_") +
         (access.write ? "write/" : "read/") + size_text(access.block);
}

std::string access_summary(const Access& access) {
  return size_text(access.block) + (access.write ? " written to " : " read from ") +
         (access.random ? "random places of 32 MiB, " : "32 MiB in order, ") +
         (access.page_cache ? "page cache" : "O_DIRECT");
}

void report_access(const Access& access, benchmark::State& state) {
  state.counters["iops"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(access.block));
  state.counters["direct"] = access.page_cache ? 0 : 1;
  set_checksum(state, DiskFile::kSize / DiskFile::kUnit);
}

}  // namespace strata::workloads
