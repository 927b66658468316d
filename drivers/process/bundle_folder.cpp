#include "drivers/process/bundle_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

void copy_file(const BundleFile& file, const fs::path& root) {
  const auto to = root / file.path;
  fs::create_directories(to.parent_path());
  fs::copy_file(file.source, to);
  constexpr auto kData = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  constexpr auto kRun = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  fs::permissions(to, file.executable ? kData | kRun : kData);
}

/// A bundle that somebody has damaged must not be run under the digest of a whole one.
bool is_whole(const Bundle& bundle, const fs::path& root) {
  for (const auto& file : bundle.files) {
    std::error_code here;
    std::error_code there;
    const auto size = fs::file_size(root / file.path, here);
    if (here || size != fs::file_size(file.source, there) || there) return false;
  }
  return true;
}

/// Fills a temporary folder beside `folder` and renames it into place.
void make_folder(const Bundle& bundle, const fs::path& folder) {
  fs::create_directories(folder.parent_path());
  auto temporary = folder.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) {
    throw system_error(fmt::format("make folder {}", temporary), errno);
  }
  try {
    // Programs may give up root's rights and still have to find themselves.
    fs::permissions(temporary, fs::perms::owner_all | fs::perms::group_read |
                                   fs::perms::group_exec | fs::perms::others_read |
                                   fs::perms::others_exec);
    for (const auto& file : bundle.files) copy_file(file, temporary);
    std::error_code error;
    fs::rename(temporary, folder, error);
    if (!error) return;
    // Another run was quicker: its copy has the same bytes.
    if (!is_whole(bundle, folder)) throw fs::filesystem_error("rename", temporary, folder, error);
    fs::remove_all(temporary);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
}

}  // namespace

fs::path lay_out(const Bundle& bundle, const fs::path& cache) {
  auto folder = cache / "bundles" / bundle.digest;
  try {
    if (fs::exists(folder)) {
      if (is_whole(bundle, folder)) return folder;
      fs::remove_all(folder);
    }
    make_folder(bundle, folder);
    return folder;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("lay the bundle out in {}", folder.string()), error.what(),
                "is the disk full? XDG_CACHE_HOME names another place");
  }
}

bool remove_laid_out(const fs::path& cache) {
  std::error_code error;
  return fs::remove_all(cache / "bundles", error) > 0 && !error;
}

}  // namespace strata::drivers
