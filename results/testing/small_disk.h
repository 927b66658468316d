#pragma once

#include <sys/mount.h>

#include <cstddef>
#include <filesystem>

namespace strata::results::testing {

/// A disk of a few pages mounted on a folder, seen by this process alone; gone with the object.
/// Needs the right to mount.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& folder, std::size_t bytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  /// False if this process may not mount: skip the test.
  [[nodiscard]] bool is_there() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

}  // namespace strata::results::testing
