#pragma once

#include <filesystem>
#include <vector>

namespace strata::drivers {

/// Folders for the programs' files, one for each instance. One is kept ready, so that making it is
/// not in the startup time; it is emptied after its instance is gone. Used from one thread.
class ScratchFolders {
 public:
  /// They lie in `parent`.
  explicit ScratchFolders(std::filesystem::path parent) : parent_(std::move(parent)) {}
  ScratchFolders(const ScratchFolders&) = delete;
  ScratchFolders& operator=(const ScratchFolders&) = delete;
  ~ScratchFolders();

  /// Sees to it that one is ready. Throws Error.
  void keep_ready();
  /// An empty folder, the caller's until it gives it back. Throws Error.
  std::filesystem::path take();
  void give_back(const std::filesystem::path& folder) noexcept;

 private:
  void make();

  std::filesystem::path parent_;
  std::vector<std::filesystem::path> ready_;
};

}  // namespace strata::drivers
