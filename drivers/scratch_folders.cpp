#include "drivers/scratch_folders.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers {

namespace fs = std::filesystem;

ScratchFolders::~ScratchFolders() {
  std::error_code ignored;
  if (ready_) fs::remove_all(*ready_, ignored);
}

void ScratchFolders::keep_ready() {
  if (ready_) return;
  auto name = (parent_ / "scratch-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error(fmt::format("make a scratch folder in {}", parent_.string()), errno,
                       "is the disk full? TMPDIR names another place");
  }
  ready_ = name;
}

fs::path ScratchFolders::take() {
  keep_ready();
  return *std::exchange(ready_, std::nullopt);
}

}  // namespace strata::drivers
