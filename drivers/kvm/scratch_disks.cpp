#include "drivers/kvm/scratch_disks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "drivers/child_process.h"
#include "drivers/kvm/made_file.h"
#include "drivers/kvm/owned_start.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiskHint = "is the disk full? TMPDIR and XDG_CACHE_HOME name other places";

std::string mke2fs_program() {
  for (const char* const path : {"/usr/sbin/mke2fs", "/sbin/mke2fs", "/usr/bin/mke2fs"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw Error("format a scratch disk", "there is no mke2fs", "apt-get install e2fsprogs");
}

void format(const fs::path& path, Bytes size, Deadline deadline) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size.count)) != 0) {
    throw system_error(fmt::format("make disk {}", path.string()), errno, kDiskHint);
  }
  fd.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
  // Nothing is left for the guest to initialise in the background while it is measured.
  ChildProcess mke2fs(
      start_owned({mke2fs_program(),
                   {"-q", "-F", "-t", "ext4", "-m", "0", "-N", "16384", "-J", "size=16", "-E",
                    "lazy_itable_init=0,lazy_journal_init=1,nodiscard", path.string()},
                   {},
                   {fd.get(), fd.get(), fd.get()},
                   {}}));
  const auto end = mke2fs.wait(deadline);
  if (!end) throw DeadlineExceeded("format a scratch disk", "mke2fs did not end in time");
  mke2fs.reap();
  if (!end->exited || end->number != 0) {
    throw Error(fmt::format("format scratch disk {}", path.string()),
                fmt::format("mke2fs: {}", describe(*end)), kDiskHint);
  }
}

/// Copies what was written of a file and leaves its holes.
void copy_sparse(const fs::path& from, int to) {
  const auto tried = fmt::format("copy scratch disk {}", from.string());
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!source || ::fstat(source.get(), &status) != 0 || ::ftruncate(to, status.st_size) != 0) {
    throw system_error(tried, errno, kDiskHint);
  }
  std::vector<char> piece(1UL << 20U);
  for (off_t offset = 0; offset < status.st_size;) {
    const auto data = ::lseek(source.get(), offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // nothing but a hole to the end
    const auto hole = data < 0 ? data : ::lseek(source.get(), data, SEEK_HOLE);
    if (hole < 0) throw system_error(tried, errno, kDiskHint);
    for (offset = data; offset < hole;) {
      const auto wanted = std::min<off_t>(hole - offset, static_cast<off_t>(piece.size()));
      const auto count =
          ::pread(source.get(), piece.data(), static_cast<std::size_t>(wanted), offset);
      if (count <= 0 ||
          ::pwrite(to, piece.data(), static_cast<std::size_t>(count), offset) != count) {
        throw system_error(tried, errno, kDiskHint);
      }
      offset += count;
    }
  }
}

}  // namespace

void copy_disk(const fs::path& from, const fs::path& to) {
  const UniqueFd fd(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) throw system_error(fmt::format("make disk {}", to.string()), errno, kDiskHint);
  copy_sparse(from, fd.get());
}

ScratchDisks::~ScratchDisks() { forget_ready(); }

void ScratchDisks::forget_ready() noexcept {
  std::error_code ignored;
  if (ready_) fs::remove(*ready_, ignored);
  ready_.reset();
}

fs::path ScratchDisks::formatted(std::string_view run_id, Deadline deadline) {
  auto path = cache_ / "kvm" / "disks" / fmt::format("ext4-{}.raw", size_.count >> 20U);
  provide_made(path, run_id,
               [&](const fs::path& temporary) { format(temporary, size_, deadline); });
  return path;
}

void ScratchDisks::keep_ready(const fs::path& source) {
  std::error_code error;
  // Whoever finds a snapshot damaged makes it again, of the same name.
  const auto time = fs::last_write_time(source, error);
  if (ready_ && ready_source_ == source && ready_time_ == time) return;
  forget_ready();
  auto name = (parent_ / "disk-XXXXXX").string();
  const UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) {
    throw system_error(fmt::format("make a scratch disk in {}", parent_.string()), errno,
                       kDiskHint);
  }
  ready_ = name;
  ready_source_ = source;
  ready_time_ = time;
  copy_sparse(source, fd.get());
}

fs::path ScratchDisks::take(const fs::path& source) {
  keep_ready(source);
  return *std::exchange(ready_, std::nullopt);
}

std::string best_disk_aio(const fs::path& folder, bool& is_direct) {
  auto name = (folder / "direct-XXXXXX").string();
  const UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
  is_direct = file && UniqueFd(::open(name.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  ::unlink(name.c_str());
  io_uring_params parameters{};
  if (UniqueFd(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &parameters)))) return "io_uring";
  aio_context_t context = 0;
  if (is_direct && ::syscall(SYS_io_setup, 1, &context) == 0) {
    ::syscall(SYS_io_destroy, context);
    return "native";
  }
  return "threads";
}

}  // namespace strata::drivers
