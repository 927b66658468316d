#pragma once

#include <memory>
#include <string>

#include "workloads/common/unique_fd.h"

namespace strata::workloads {

/// The folder a workload may write to: STRATA_SCRATCH, TMPDIR or /tmp, whichever is set first.
std::string scratch_folder();

/// A file of the scratch folder without a name, open for reading and writing: gone with the
/// process, however that ends. Empty, and errno set, if it can't be made. `flags`: for open(2).
UniqueFd scratch_file(int flags = 0);

/// A folder below the scratch folder, for workloads on paths. A second process removes it, and all
/// in it, when this one is gone, however that ended.
class ScratchTree {
 public:
  /// Empty (operator bool), and errno set, if it can't be made.
  ScratchTree();
  ScratchTree(const ScratchTree&) = delete;
  ScratchTree& operator=(const ScratchTree&) = delete;
  ~ScratchTree();
  explicit operator bool() const { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  UniqueFd lifeline_;  ///< its other end tells the guardian that this process is gone
  int guardian_ = -1;
};

/// An empty file with a name, with the same promise.
class NamedScratchFile {
 public:
  NamedScratchFile();
  explicit operator bool() const { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ScratchTree tree_;
  std::string path_;
};

}  // namespace strata::workloads
