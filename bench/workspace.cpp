#include "bench/workspace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderPrefix = "strata-";

bool is_run_id(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void make_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw system_error(fmt::format("make folder {}", folder.string()), errno);
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) {
    throw system_error(fmt::format("look at folder {}", folder.string()), errno);
  }
  // Somebody else may have made it first, to read or redirect what we write there.
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 022U) != 0) {
    throw Error(fmt::format("use folder {}", folder.string()), "it is not a folder of ours alone",
                "somebody else made it: remove it");
  }
}

/// The lock, or an empty descriptor if a live run holds it.
UniqueFd try_lock(const fs::path& folder) {
  UniqueFd fd(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw system_error(fmt::format("open {}/lock", folder.string()), errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return {};
  throw system_error(fmt::format("lock {}/lock", folder.string()), errno);
}

fs::path cache_folder(const fs::path& fallback) {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return fs::path(cache) / "strata";
  }
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path(home) / ".cache" / "strata";
  }
  return fallback / "cache";
}

}  // namespace

WorkspacePaths workspace_paths(const fs::path& parent) {
  const auto base = parent / fmt::format("{}{}", kFolderPrefix, ::geteuid());
  make_private_folder(base);
  make_private_folder(base / "runs");
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  if (error) throw Error("find the folder of this program", error.message(), "mount /proc");
  return {base / "runs", cache_folder(base), self.parent_path()};
}

std::string new_run_id() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    throw system_error("draw a run id from the kernel", errno);
  }
  return fmt::format("{:016x}", number);
}

RunFolder::RunFolder(const WorkspacePaths& paths, const std::string& run_id)
    : path_(paths.runs / run_id) {
  make_private_folder(path_);
  lock_ = try_lock(path_);
  if (!lock_) {
    const auto path = std::exchange(path_, {});
    throw UsageError(fmt::format("start run {}", run_id),
                     fmt::format("another process is working on it ({} is locked)", path.string()),
                     "wait until it ends, or end it");
  }
}

RunFolder::~RunFolder() {
  if (!lock_) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bool is_abandoned(const WorkspacePaths& paths, std::string_view run_id) {
  if (!is_run_id(run_id)) return false;
  std::error_code error;
  const auto all_users = paths.runs.parent_path().parent_path();
  for (const auto& entry : fs::directory_iterator(all_users, error)) {
    if (!entry.path().filename().string().starts_with(kFolderPrefix)) continue;
    const auto lock = entry.path() / "runs" / run_id / "lock";
    const UniqueFd fd(::open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return false;  // not ours to read: taken for alive
    }
    if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return false;
  }
  return true;
}

std::vector<std::string> remove_abandoned_folders(
    const WorkspacePaths& paths, const std::function<bool(std::string_view)>& chosen) {
  std::vector<std::string> removed;
  std::error_code error;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(paths.runs, error))
    folders.push_back(entry.path());
  for (const auto& folder : folders) {
    const auto id = folder.filename().string();
    if (!is_run_id(id) || !chosen(id)) continue;
    const auto lock = try_lock(folder);
    if (!lock) continue;
    fs::remove_all(folder, error);
    if (error) {
      throw Error(fmt::format("remove {}", folder.string()), error.message());
    }
    removed.push_back(fmt::format("folder {}", folder.string()));
  }
  return removed;
}

}  // namespace strata::bench
