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

  /// Sees to it that one is ready. Throws Error.
  void keep_ready(std::string_view run_id, Deadline deadline);
  /// One that is the caller's to remove. Throws Error.
  std::filesystem::path take(std::string_view run_id, Deadline deadline);

 private:
  std::filesystem::path parent_;
  std::filesystem::path cache_;
  Bytes size_;
  std::optional<std::filesystem::path> ready_;
};

/// How QEMU can best wait for a disk in `folder`: "io_uring", "native" or "threads", tried out.
/// `is_direct` comes back false where the file system can't bypass the page cache.
std::string best_disk_aio(const std::filesystem::path& folder, bool& is_direct);

}  // namespace strata::drivers
