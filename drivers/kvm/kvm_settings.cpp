#include "drivers/kvm/kvm_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "drivers/kvm/qemu_command.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::array<OptionSpec, 18> kOptions{{
    {"machine", "q35", "q35, microvm or (ARM64) virt"},
    {"accelerator", "auto", "kvm, tcg (emulation), or auto: kvm where it is proved to work"},
    {"cpu", "", "the VMM's name of a CPU model; empty: host under kvm, a plain one under tcg"},
    {"vcpus", "1", "virtual CPUs"},
    {"vcpu_cpus", "", "the host's CPU for each virtual CPU: \"2,3\"; empty: not pinned"},
    {"memory_mib", "1024", "memory of the guest"},
    {"huge_pages", "false", "put the guest's memory on huge pages"},
    {"kernel", "", "a kernel to boot; empty: Debian's, from ci/fetch-guest-kernels"},
    {"modules", "",
     "the folder of modules.dep of that kernel; empty: it has all it needs built in"},
    {"root_disk", "",
     "a disk of one's own to be the guest's root: a raw file with an ext4, on it or in its first "
     "partition; empty: no more than the bundle"},
    {"start", "cold", "cold, or snapshot: restore a guest that was booted once"},
    {"scratch", "disk", "disk: ext4 on a virtio disk; memory"},
    {"disk_mib", "1024", "size of the scratch disk"},
    {"disk_cache", "none", "none (past the host's page cache) or writeback"},
    {"disk_aio", "auto", "io_uring, native, threads, or auto: the first of them that works"},
    {"network", "user", "user (QEMU's own), passt, tap (on a bridge of the host), or none"},
    {"qemu", "", "path of the QEMU to use; empty: qemu-system-… along PATH"},
    {"initramfs", "none", "none, or zstd: how the image is compressed"},
}};

[[noreturn]] void refuse(const Target& target, const std::string& option, const std::string& why) {
  throw UsageError(fmt::format("read target \"{}\"", target.name),
                   fmt::format("{} = \"{}\" can't be", option, target.options.at(option)), why);
}

std::uint64_t number(const Target& target, const std::string& option, std::uint64_t least,
                     std::uint64_t most) {
  const auto& text = target.options.at(option);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    refuse(target, option, fmt::format("a whole number from {} to {}", least, most));
  }
  return value;
}

std::vector<std::uint32_t> cpu_list(const Target& target, const std::string& option) {
  std::vector<std::uint32_t> cpus;
  const std::string_view text = target.options.at(option);
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    std::uint32_t cpu = 0;
    const auto result = std::from_chars(text.data() + begin, text.data() + end, cpu);
    if (result.ec != std::errc() || result.ptr != text.data() + end) {
      refuse(target, option, "numbers of CPUs with commas between: \"2,3\"");
    }
    cpus.push_back(cpu);
    begin = end + 1;
  }
  return cpus;
}

std::string one_of(const Target& target, const std::string& option,
                   std::initializer_list<std::string> allowed) {
  require_one_of(target, option, std::vector<std::string>(allowed));
  return target.options.at(option);
}

GuestNetwork::Kind network_kind(const std::string& name) {
  if (name == "user") return GuestNetwork::Kind::kUser;
  if (name == "passt") return GuestNetwork::Kind::kSocket;
  return name == "tap" ? GuestNetwork::Kind::kTap : GuestNetwork::Kind::kNone;
}

}  // namespace

std::span<const OptionSpec> kvm_options() { return kOptions; }

KvmSettings read_kvm_settings(const Target& target) {
  KvmSettings settings;
  settings.machine = one_of(target, "machine", {"q35", "microvm", "virt"});
  settings.architecture = architecture_of(settings.machine);
  const auto accelerator = one_of(target, "accelerator", {"auto", "kvm", "tcg"});
  if (accelerator == "kvm") settings.accelerator = Accelerator::kKvm;
  if (accelerator == "tcg") settings.accelerator = Accelerator::kTcg;
  settings.cpu_model = target.options.at("cpu");
  constexpr std::uint64_t kMostVcpus = 255;
  settings.vcpus = static_cast<std::uint32_t>(number(target, "vcpus", 1, kMostVcpus));
  settings.vcpu_cpus = cpu_list(target, "vcpu_cpus");
  if (!settings.vcpu_cpus.empty() && settings.vcpu_cpus.size() != settings.vcpus) {
    refuse(target, "vcpu_cpus", fmt::format("one for each of the {} virtual CPUs", settings.vcpus));
  }
  // Debian's kernel does not start with less.
  constexpr std::uint64_t kLeastMemory = 128;
  constexpr std::uint64_t kMostMemory = 1UL << 20U;
  settings.memory = mebibytes(number(target, "memory_mib", kLeastMemory, kMostMemory));
  settings.huge_pages = one_of(target, "huge_pages", {"true", "false"}) == "true";
  settings.kernel = target.options.at("kernel");
  settings.modules = target.options.at("modules");
  settings.is_snapshot = one_of(target, "start", {"cold", "snapshot"}) == "snapshot";
  settings.root_disk = target.options.at("root_disk");
  if (!settings.root_disk.empty() && settings.is_snapshot) {
    refuse(target, "root_disk",
           "a guest that is restored knows its disk as it was when it was saved, and what was "
           "written to this one is not kept: start = \"cold\" goes with it");
  }
  settings.has_disk = one_of(target, "scratch", {"disk", "memory"}) == "disk";
  // The least that has room for a journal.
  constexpr std::uint64_t kLeastDisk = 48;
  settings.disk_size = mebibytes(number(target, "disk_mib", kLeastDisk, kMostMemory));
  settings.disk_cache = one_of(target, "disk_cache", {"none", "writeback"});
  settings.disk_aio = one_of(target, "disk_aio", {"auto", "io_uring", "native", "threads"});
  if (settings.disk_aio == "auto") settings.disk_aio.clear();
  if (settings.disk_aio == "native" && settings.disk_cache != "none") {
    refuse(target, "disk_aio", "native needs disk_cache = \"none\"");
  }
  settings.network = network_kind(one_of(target, "network", {"user", "passt", "tap", "none"}));
  if (settings.network == GuestNetwork::Kind::kTap && settings.is_snapshot) {
    refuse(target, "network",
           "guests that are restored all have the address that one was saved with: "
           "on a bridge they would be in each other's way; user and passt give each a network");
  }
  settings.qemu = target.options.at("qemu");
  settings.is_compressed = one_of(target, "initramfs", {"none", "zstd"}) == "zstd";
  return settings;
}

}  // namespace strata::drivers
