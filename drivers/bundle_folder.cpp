#include "drivers/bundle_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "drivers/file_digest.h"
#include "drivers/owned_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

constexpr auto kDiskHint = "is the disk full? XDG_CACHE_HOME names another place";
/// A folder that is being made is called DIGEST.RUN.XXXXXX, a finished one DIGEST.
constexpr char kBeingMade = '.';

mode_t mode_of(const BundleFile& file) { return file.executable ? 0555 : 0444; }

void copy_file(const BundleFile& file, const fs::path& root) {
  const auto to = root / file.path;
  fs::create_directories(to.parent_path());
  fs::copy_file(file.source, to);
  if (::chmod(to.c_str(), mode_of(file)) != 0) {
    throw system_error(fmt::format("set the permissions of {}", to.string()), errno);
  }
  if (file_sha256(to) != file.sha256) {
    throw Error(fmt::format("copy {} into a bundle", file.source.string()),
                "its bytes are no longer those that the bundle was made of",
                "don't rebuild a program while it is being measured; start the run again");
  }
}

/// What somebody has damaged must not be run under the digest of what is whole. By size and mode:
/// a damage that leaves both is no accident.
bool is_whole(const Bundle& bundle, const fs::path& root) {
  return std::all_of(bundle.files.begin(), bundle.files.end(), [&](const BundleFile& file) {
    struct stat status {};
    return ::lstat((root / file.path).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_mode & 07777U) == mode_of(file) &&
           static_cast<std::uint64_t>(status.st_size) == file.size.count;
  });
}

/// Puts `made` where `folder` is to be, in one step. Whatever was there before is behind `made`
/// then, and nobody has seen `folder` missing.
void put_in_place(const fs::path& made, const fs::path& folder) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, folder.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST &&
      ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
    return;
  }
  // Some file systems know neither flag; there a folder in the way has to go first.
  if (errno == EINVAL) {
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) fs::rename(made, folder, error);
    if (!error) return;
    errno = error.value();
  }
  throw system_error(fmt::format("rename {} to {}", made.string(), folder.string()), errno,
                     kDiskHint);
}

/// Fills a temporary folder beside `folder` and puts it there.
void make_folder(const Bundle& bundle, const fs::path& folder, std::string_view run_id,
                 Deadline deadline) {
  fs::create_directories(folder.parent_path());
  auto temporary = fmt::format("{}{}{}.XXXXXX", folder.string(), kBeingMade, run_id);
  if (::mkdtemp(temporary.data()) == nullptr) {
    throw system_error(fmt::format("make folder {}", temporary), errno, kDiskHint);
  }
  const OwnedFolder owned(temporary);
  // Programs may give up root's rights and still have to find themselves.
  fs::permissions(temporary, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                                 fs::perms::others_read | fs::perms::others_exec);
  for (const auto& file : bundle.files) {
    if (deadline.expired()) {
      throw DeadlineExceeded(
          fmt::format("lay the bundle out in {}", folder.string()),
          fmt::format("it took too long to copy its {} files", bundle.files.size()));
    }
    copy_file(file, temporary);
  }
  put_in_place(temporary, folder);
}

/// The run that is making the folder called `name`; empty if it is finished.
std::string_view maker_of(std::string_view name) {
  const auto begin = name.find(kBeingMade);
  if (begin == std::string_view::npos) return {};
  const auto end = name.rfind(kBeingMade);
  return name.substr(begin + 1, end > begin ? end - begin - 1 : 0);
}

}  // namespace

fs::path lay_out(const Bundle& bundle, const fs::path& cache, std::string_view run_id,
                 Deadline deadline) {
  auto folder = cache / "bundles" / bundle.digest;
  try {
    if (!is_whole(bundle, folder)) make_folder(bundle, folder, run_id, deadline);
    return folder;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("lay the bundle out in {}", folder.string()), error.what(), kDiskHint);
  }
}

std::vector<std::string> clean_laid_out(const fs::path& cache, const AbandonedTest& is_abandoned,
                                        bool all) {
  std::vector<std::string> removed;
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(cache / "bundles", error)) {
    folders.push_back(entry.path());
  }
  for (const auto& folder : folders) {
    const auto name = folder.filename().string();
    const auto maker = maker_of(name);
    const bool is_finished = maker.empty();
    if (is_finished ? !all : !is_abandoned(maker)) continue;
    remove_folder(folder);
    removed.push_back(
        fmt::format("{} bundle {}", is_finished ? "prepared" : "half-made", folder.string()));
  }
  return removed;
}

}  // namespace strata::drivers
