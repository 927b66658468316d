#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/unique_fd.h"

namespace strata::bench {

/// Where Strata keeps what is not a result. Below /var/tmp, which is a disk on most systems: /tmp
/// is often memory, and the process target's scratch files would then be measured against a
/// container's on disk.
struct WorkspacePaths {
  std::filesystem::path runs;  ///< a folder for each run that is going on: /var/tmp/strata-UID/runs
  std::filesystem::path
      cache;  ///< prepared bundles: $XDG_CACHE_HOME/strata, ~/.cache/strata, or beside runs
  std::filesystem::path
      binaries;  ///< where strata-agent and strata-workloads are: beside this program
};

/// The paths for this user; the folder for runs is made if need be (mode 0700). The same for all
/// runs of this host, whatever their environment: a run whose lock is not found here is taken for
/// dead. `parent` is another place in tests only. Throws Error if the folder belongs to somebody
/// else.
WorkspacePaths workspace_paths(const std::filesystem::path& parent = "/var/tmp");

/// Sixteen random hex digits.
std::string new_run_id();

/// A run's private folder, held by a lock as long as the run lives, so that whoever finds the
/// folder without the lock knows that the run is dead. Removed on destruction. Move-only.
class RunFolder {
 public:
  /// Makes and locks it. Throws UsageError if a live run has it.
  RunFolder(const WorkspacePaths& paths, const std::string& run_id);
  RunFolder(RunFolder&&) noexcept = default;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

/// Whether no live run has this id. Looks at the folders of all users it may read.
bool is_abandoned(const WorkspacePaths& paths, std::string_view run_id);

/// Removes the folders of dead runs that `chosen` approves of; returns one line for each.
std::vector<std::string> remove_abandoned_folders(
    const WorkspacePaths& paths, const std::function<bool(std::string_view)>& chosen);

}  // namespace strata::bench
