#include "drivers/process/scratch_folders.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <exception>
#include <system_error>

#include "results/vocabulary/error.h"

namespace strata::drivers {

namespace fs = std::filesystem;

ScratchFolders::~ScratchFolders() {
  std::error_code ignored;
  for (const auto& folder : ready_) fs::remove_all(folder, ignored);
}

void ScratchFolders::make() {
  auto name = (parent_ / "scratch-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error(fmt::format("make a scratch folder in {}", parent_.string()), errno);
  }
  ready_.emplace_back(name);
}

void ScratchFolders::keep_ready() {
  if (ready_.empty()) make();
}

fs::path ScratchFolders::take() {
  keep_ready();
  auto folder = std::move(ready_.back());
  ready_.pop_back();
  return folder;
}

void ScratchFolders::give_back(const fs::path& folder) noexcept {
  try {
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
    ready_.push_back(folder);
  } catch (const std::exception&) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
}

}  // namespace strata::drivers
