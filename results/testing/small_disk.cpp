#include "results/testing/small_disk.h"

#include <fmt/format.h>
#include <sched.h>

namespace strata::results::testing {

SmallDisk::SmallDisk(const std::filesystem::path& folder, std::size_t bytes) : folder_(folder) {
  if (::unshare(CLONE_NEWNS) != 0) return;
  // What is mounted from here on must not be seen outside.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
  const auto options = fmt::format("size={}", bytes);
  mounted_ =
      ::mount("strata-test", folder.c_str(), "tmpfs", MS_NODEV | MS_NOSUID, options.c_str()) == 0;
}

}  // namespace strata::results::testing
