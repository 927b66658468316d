#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// Disks for the programs' files, a new one for each guest: raw files with an empty ext4 on them.
/// One is kept ready, so that making it is not in the startup time. Used from one thread.
class ScratchDisks {
 public:
  /// They lie in `parent`. The first is made by mke2fs and kept below `cache`; the others are
  /// copies of it, which take the room of what is written to them only.
  ScratchDisks(std::filesystem::path parent, std::filesystem::path cache, Bytes size)
      : parent_(std::move(parent)), cache_(std::move(cache)), size_(size) {}
  ScratchDisks(const ScratchDisks&) = delete;
  ScratchDisks& operator=(const ScratchDisks&) = delete;
  ~ScratchDisks();

  /// The one that mke2fs made: what those are copies of that guests boot with. Throws Error.
  std::filesystem::path formatted(std::string_view run_id, Deadline deadline);
  /// Sees to it that a copy of `source` is ready. Throws Error.
  void keep_ready(const std::filesystem::path& source);
  /// A copy of `source` that is the caller's to remove: the one that is ready, or a new one. Throws
  /// Error.
  std::filesystem::path take(const std::filesystem::path& source);

 private:
  std::filesystem::path parent_;
  std::filesystem::path cache_;
  Bytes size_;
  void forget_ready() noexcept;

  std::optional<std::filesystem::path> ready_;
  std::filesystem::path ready_source_;  ///< what it is a copy of, and as of when
  std::filesystem::file_time_type ready_time_;
};

/// Copies a disk to a new file, its holes as holes. Throws Error.
void copy_disk(const std::filesystem::path& from, const std::filesystem::path& to);

/// How QEMU can best wait for a disk in `folder`: "io_uring", "native" or "threads", tried out.
/// `is_direct` comes back false where the file system can't bypass the page cache.
std::string best_disk_aio(const std::filesystem::path& folder, bool& is_direct);

}  // namespace strata::drivers
