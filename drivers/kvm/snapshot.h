#pragma once

#include <filesystem>
#include <string>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// A guest that was saved: a folder with its memory, the state of everything else, and its scratch
/// disk, mounted, as it was at that moment.
struct Snapshot {
  std::filesystem::path folder;

  [[nodiscard]] std::filesystem::path memory() const { return folder / "memory"; }
  [[nodiscard]] std::filesystem::path state() const { return folder / "state"; }
  [[nodiscard]] std::filesystem::path disk() const { return folder / "disk"; }
};

/// Opens the state of a snapshot that is being made, for writing. Throws Error.
UniqueFd make_state(const Snapshot& snapshot);
/// Opens it for reading. Throws Error.
UniqueFd open_state(const Snapshot& snapshot);

/// Notes in the folder how large its parts are and what digest the state has: the last thing that
/// is done to one that is whole. Throws Error.
void seal(const Snapshot& snapshot);

/// Whether the snapshot is as it was sealed. A guest restored from half of one would run, and
/// compute nonsense.
bool is_whole(const Snapshot& snapshot, Bytes memory);

/// Throws Error unless the snapshot's parts are as large as they were when it was sealed: what can
/// be told of it without reading it, before each start.
void require_sizes(const Snapshot& snapshot);

}  // namespace strata::drivers
