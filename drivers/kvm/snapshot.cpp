#include "drivers/kvm/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "drivers/file_digest.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiskHint = "is the disk full? XDG_CACHE_HOME names another place";

fs::path note_of(const Snapshot& snapshot) { return snapshot.folder / "sealed"; }

UniqueFd open_file(const fs::path& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd) throw system_error(fmt::format("open {}", path.string()), errno, kDiskHint);
  return fd;
}

/// "MEMORY_BYTES STATE_BYTES DISK_BYTES"; a guest without a disk has one of 0.
std::string sizes_of(const Snapshot& snapshot) {
  const auto disk = fs::exists(snapshot.disk()) ? fs::file_size(snapshot.disk()) : 0;
  return fmt::format("{} {} {}", fs::file_size(snapshot.memory()), fs::file_size(snapshot.state()),
                     disk);
}

/// "MEMORY_BYTES STATE_BYTES DISK_BYTES STATE_SHA256"
std::string description_of(const Snapshot& snapshot) {
  return fmt::format("{} {}", sizes_of(snapshot), file_sha256(snapshot.state()));
}

std::string noted_of(const Snapshot& snapshot) {
  std::string noted;
  std::ifstream file(note_of(snapshot));
  std::getline(file, noted);
  return noted;
}

}  // namespace

UniqueFd make_state(const Snapshot& snapshot) {
  return open_file(snapshot.state(), O_WRONLY | O_CREAT | O_EXCL);
}

UniqueFd open_state(const Snapshot& snapshot) { return open_file(snapshot.state(), O_RDONLY); }

void seal(const Snapshot& snapshot) {
  std::ofstream file(note_of(snapshot));
  file << description_of(snapshot) << '\n' << std::flush;
  if (!file) throw Error(fmt::format("seal {}", snapshot.folder.string()), "", kDiskHint);
}

bool is_whole(const Snapshot& snapshot, Bytes memory) try {
  return noted_of(snapshot) == description_of(snapshot) &&
         fs::file_size(snapshot.memory()) == memory.count;
} catch (const std::exception&) {
  return false;
}

void require_sizes(const Snapshot& snapshot) try {
  const auto noted = noted_of(snapshot);
  const auto sizes = sizes_of(snapshot);
  if (noted.starts_with(sizes + " ")) return;
  throw Error(fmt::format("restore the guest in {}", snapshot.folder.string()),
              fmt::format("it is not as it was saved: memory, state and disk have {} bytes, not {}",
                          sizes, noted.substr(0, noted.rfind(' '))),
              "the next run makes a new one");
} catch (const fs::filesystem_error& error) {
  throw Error(fmt::format("restore the guest in {}", snapshot.folder.string()), error.what(),
              "the next run makes a new one");
}

}  // namespace strata::drivers
