#pragma once

#include <filesystem>
#include <utility>

namespace strata::drivers {

/// Removes a folder with all that is in it, also where a program has taken the rights away that
/// this needs. Links are removed, never followed. Nothing happens if it is not there. Throws Error.
void remove_folder(const std::filesystem::path& folder);

/// Owns a folder: it is removed at the end of a scope, as far as that can be done.
class OwnedFolder {
 public:
  explicit OwnedFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  OwnedFolder(const OwnedFolder&) = delete;
  OwnedFolder& operator=(const OwnedFolder&) = delete;
  ~OwnedFolder();

  /// Throws Error.
  void remove() const { remove_folder(folder_); }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace strata::drivers
