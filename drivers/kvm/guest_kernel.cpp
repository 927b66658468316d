#include "drivers/kvm/guest_kernel.h"

#include <elf.h>
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
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

std::string kernel_architecture(const fs::path& image) {
  std::array<char, 1024> head{};
  std::ifstream file(image, std::ios::binary);
  if (!file) {
    throw UsageError(fmt::format("read kernel {}", image.string()), "it can't be opened",
                     "option kernel names a file to boot");
  }
  file.read(head.data(), head.size());
  const std::string_view bytes(head.data(), head.size());
  // Linux, Documentation/arch/x86/boot.rst and Documentation/arm64/booting.rst.
  constexpr std::size_t kBootHeader = 0x202;
  constexpr std::size_t kImageMagic = 56;
  if (bytes.substr(kBootHeader).starts_with("HdrS")) return "x86_64";
  if (bytes.substr(kImageMagic).starts_with("ARM\x64")) return "aarch64";
  if (!bytes.starts_with(ELFMAG)) return {};
  Elf64_Half machine = 0;
  std::memcpy(&machine, bytes.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
  return machine == EM_X86_64 ? "x86_64" : machine == EM_AARCH64 ? "aarch64" : "another machine";
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
