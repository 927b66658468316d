#include "drivers/owned_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <exception>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// Gives us the rights to every folder in the tree.
void open_up(const fs::path& folder) {
  ::chmod(folder.c_str(), S_IRWXU);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) open_up(entry.path());
  }
}

}  // namespace

void remove_folder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  open_up(folder);
  fs::remove_all(folder, error);
  if (error) throw Error(fmt::format("remove {}", folder.string()), error.message());
}

OwnedFolder::~OwnedFolder() {
  try {
    remove_folder(folder_);
  } catch (const std::exception&) {
    // What can't be removed lies in a folder of this run, or is found by `strata clean`.
  }
}

}  // namespace strata::drivers
