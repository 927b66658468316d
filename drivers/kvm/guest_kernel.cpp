#include "drivers/kvm/guest_kernel.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include "drivers/kvm/kernel_modules.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

fs::path user_cache() {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return cache;
  }
  const char* const home = std::getenv("HOME");
  return fs::path(home != nullptr && *home == '/' ? home : "/root") / ".cache";
}

}  // namespace

fs::path kernel_folder(const std::string& architecture) {
  return user_cache() / "strata" / "kernels" / architecture;
}

GuestKernel fetched_kernel(const std::string& architecture) {
  const auto folder = kernel_folder(architecture);
  GuestKernel kernel;
  std::ifstream(folder / "release") >> kernel.release;
  if (kernel.release.empty()) {
    throw Error(fmt::format("find a {} kernel for guests in {}", architecture, folder.string()),
                "there is none",
                fmt::format("run ci/fetch-guest-kernels{}, or name one: option kernel",
                            architecture == "aarch64" ? " --arm64" : ""));
  }
  std::error_code error;
  const auto direct = folder / "vmlinux";
  kernel.image = fs::exists(direct, error) ? direct : folder / "vmlinuz";
  kernel.modules = folder / "modules";
  return kernel;
}

std::vector<fs::path> modules_of(const GuestKernel& kernel, const std::vector<std::string>& names) {
  if (kernel.modules.empty()) return {};
  const auto list = kernel.modules / "modules.dep";
  std::ifstream file(list);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || text.empty()) {
    throw Error(fmt::format("read {}", list.string()), "it can't be read or is empty",
                "depmod(8) writes it; option modules names the folder");
  }
  std::vector<fs::path> paths;
  for (const auto& path : in_loading_order(parse_module_dependencies(text), names)) {
    paths.push_back(kernel.modules / path);
  }
  return paths;
}

}  // namespace strata::drivers
