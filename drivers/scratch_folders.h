#pragma once

#include <filesystem>
#include <optional>

namespace strata::drivers {

/// Folders for the programs' files, a new one for each instance. One is kept ready, so that making
/// it is not in the startup time. Used from one thread.
class ScratchFolders {
 public:
  /// They lie in `parent`.
  explicit ScratchFolders(std::filesystem::path parent) : parent_(std::move(parent)) {}
  ScratchFolders(const ScratchFolders&) = delete;
  ScratchFolders& operator=(const ScratchFolders&) = delete;
  ~ScratchFolders();

  /// Sees to it that one is ready. Throws Error.
  void keep_ready();
  /// An empty folder of mode 0700, the caller's to remove. Throws Error.
  std::filesystem::path take();

 private:
  std::filesystem::path parent_;
  std::optional<std::filesystem::path> ready_;
};

}  // namespace strata::drivers
