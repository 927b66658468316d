#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/bundle.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// What an initramfs is made of.
struct GuestImageParts {
  const Bundle& bundle;
  std::vector<std::filesystem::path> modules;  ///< in the order in which the agent loads them
  bool is_compressed = false;                  ///< with zstd, else not at all
};

/// The initramfs of the parts: the bundle, the agent as /init, and the modules. In
/// `cache`/kvm/images, by the digest of all that is in it; used again if it is there. It appears
/// whole or not at all. `run_id` marks what is being made. Throws DeadlineExceeded, and Error if
/// the file system refuses or a file of the bundle has changed.
std::filesystem::path provide_image(const GuestImageParts& parts,
                                    const std::filesystem::path& cache, std::string_view run_id,
                                    Deadline deadline);

}  // namespace strata::drivers
