#include "drivers/kvm/kvm_driver.h"

#include <elf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>

#include "drivers/elf_file.h"
#include "drivers/file_digest.h"
#include "drivers/kvm/guest_image.h"
#include "drivers/kvm/made_file.h"
#include "drivers/kvm/passt_link.h"
#include "drivers/kvm/qemu_vmm.h"
#include "drivers/kvm/tsc_rate.h"
#include "drivers/owned_folder.h"
#include "drivers/process_scan.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr std::string_view kOwnArchitecture = "x86_64";
#else
constexpr std::string_view kOwnArchitecture = "aarch64";
#endif
/// For processes that were killed to be gone.
constexpr auto kCleanLimit = std::chrono::seconds(10);

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  std::vector<std::string> removed;
  const auto abandoned = [&](std::vector<FoundProcess> all) {
    std::erase_if(all, [&](const FoundProcess& one) {
      const bool is_ours = one.name.starts_with("qemu-system-") || one.name.starts_with("passt");
      if (!is_ours) return true;
      const auto run = one.variable("STRATA_RUN_ID");
      return !run || !is_abandoned(*run);
    });
    return all;
  };
  for (const auto& one :
       kill_processes(abandoned, Deadline::after(monotonic_clock(), kCleanLimit))) {
    removed.push_back(fmt::format("virtual machine {} ({})", one.pid, one.name));
  }
  const auto bridges = clean_bridges(is_abandoned);
  removed.insert(removed.end(), bridges.begin(), bridges.end());
  for (const char* const folder : {"images", "disks", "snapshots"}) {
    const auto files =
        clean_made(context.cache_directory / "kvm" / folder, is_abandoned, with_cache);
    removed.insert(removed.end(), files.begin(), files.end());
  }
  return removed;
}

std::string find_along_path(const std::string& name) {
  const char* const path = std::getenv("PATH");
  const std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    auto candidate = fs::path(folders.substr(begin, end - begin)) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
    begin = end + 1;
  }
  // Its absence is found out, and explained, where it is needed.
  return "/usr/bin/" + name;
}

std::string qemu_program(const KvmSettings& settings) {
  return settings.qemu.empty() ? find_along_path("qemu-system-" + settings.architecture)
                               : settings.qemu;
}

std::vector<std::string> module_names(const KvmSettings& settings) {
  std::vector<std::string> names{settings.machine == "microvm" ? "virtio_mmio" : "virtio_pci",
                                 "virtio_console"};
  if (settings.has_disk || !settings.root_disk.empty()) names.emplace_back("virtio_blk");
  if (settings.network != GuestNetwork::Kind::kNone) names.emplace_back("virtio_net");
  return names;
}

}  // namespace

KvmDriver::KvmDriver(Target target, const DriverContext& context)
    : target_(std::move(target)),
      context_(context),
      settings_(read_kvm_settings(target_)),
      vmm_(std::make_unique<QemuVmm>(qemu_program(settings_))),
      disks_(context.private_directory, context.cache_directory, settings_.disk_size) {}

void KvmDriver::look_around(Deadline deadline) {
  if (kernel_) return;
  if (settings_.kernel.empty()) {
    kernel_ = fetched_kernel(settings_.architecture);
  } else {
    require_kernel();
    kernel_ = GuestKernel{settings_.kernel, {}, settings_.modules};
  }
  require_root_disk();
  vmm_version_ = vmm_->version(deadline);
  host_key_ = host_key();
  bool is_direct = true;
  disk_aio_ = best_disk_aio(context_.private_directory, is_direct);
  if (!settings_.disk_aio.empty()) disk_aio_ = settings_.disk_aio;
  disk_cache_ = is_direct ? settings_.disk_cache : "writeback";
  choose_accelerator(deadline);
  if (choice_.accelerator == Accelerator::kTcg) tsc_khz_ = measure_tsc_khz();
}

void KvmDriver::require_kernel() const {
  const auto found = kernel_architecture(settings_.kernel);
  if (found.empty() || found == settings_.architecture) return;
  throw UsageError(
      fmt::format("boot kernel {} in a guest of {}", settings_.kernel.string(), target_.name),
      fmt::format("it is for {}, and machine {} is {}", found, settings_.machine,
                  settings_.architecture),
      fmt::format("option kernel names one for {}; empty is Debian's", settings_.architecture));
}

void KvmDriver::require_root_disk() const {
  if (settings_.root_disk.empty()) return;
  const auto tried = fmt::format("use {} as a guest's root", settings_.root_disk.string());
  std::ifstream file(settings_.root_disk, std::ios::binary);
  std::array<char, 4> magic{};
  if (!file.read(magic.data(), magic.size())) {
    throw UsageError(tried, "it can't be read, or is empty",
                     "option root_disk names a raw file with an ext4; drivers/kvm/README.md says "
                     "how to make one");
  }
  if (std::string_view(magic.data(), magic.size()) == "QFI\xfb") {
    throw UsageError(tried, "it is in QEMU's own format, which leads to other files",
                     "qemu-img convert -O raw makes a raw file of it");
  }
}

void KvmDriver::choose_accelerator(Deadline deadline) {
  if (settings_.accelerator == Accelerator::kTcg) {
    choice_ = {Accelerator::kTcg, "the target asks for it"};
    return;
  }
  if (settings_.architecture != kOwnArchitecture) {
    choice_ = {Accelerator::kTcg, "the guest is of another machine type than the host"};
  } else {
    // Under KVM a guest that starts does so in less than a second.
    const auto boot_canary = [&] {
      choice_.accelerator = Accelerator::kKvm;
      const auto limit = deadline.at_most(std::chrono::seconds(10));
      const auto bundle = make_agent_bundle(agent());
      start(prepare(bundle, deadline), {}, limit)->stop(limit);
    };
    choice_ = drivers::choose_accelerator(
        kernel_folder(settings_.architecture).parent_path().parent_path() / "accelerator",
        fmt::format("{} {} {}", host_key_, vmm_version_, kernel_->release),
        {run_kvm_loops, boot_canary});
  }
  if (settings_.accelerator && choice_.accelerator != *settings_.accelerator) {
    throw Error("use KVM", choice_.why, "accelerator = \"tcg\" emulates, and is marked so");
  }
}

fs::path KvmDriver::agent() const {
  if (settings_.architecture == kOwnArchitecture) return context_.agent;
  return context_.agent.parent_path() / fmt::format("strata-agent-{}", settings_.architecture);
}

Availability KvmDriver::probe(Deadline deadline) {
  try {
    const auto bundle = make_agent_bundle(agent());
    start(prepare(bundle, deadline), {}, deadline)->stop(deadline);
    return strata::drivers::Ready{facts()};
  } catch (const Error& error) {
    return error.failure();
  }
}

std::map<std::string, std::string> KvmDriver::facts() const {
  std::map<std::string, std::string> facts{
      {"accelerator", accelerator_fact(choice_.accelerator)},
      {"accelerator.why", choice_.why},
      {"vmm", "QEMU " + vmm_version_},
      {"machine", settings_.machine},
      {"kernel", kernel_->release.empty() ? kernel_->image.string() : kernel_->release},
      {"kernel.image", kernel_->image.filename().string()},
      {"network", target_.options.at("network")},
      {"scratch", "memory"},
      {"start", target_.options.at("start")}};
  if (settings_.network == GuestNetwork::Kind::kTap) {
    facts["network.vhost"] = TapBridge::has_vhost() ? "true" : "false";
  }
  if (!settings_.root_disk.empty()) {
    constexpr std::size_t kDigits = 12;
    facts["root"] = fmt::format("{}, sha256 {}", settings_.root_disk.filename().string(),
                                remembered_file_sha256(settings_.root_disk).substr(0, kDigits));
  }
  if (settings_.has_disk) {
    facts["scratch"] = "ext4";
    facts["disk"] = fmt::format("virtio-blk, cache={}, aio={}", disk_cache_, disk_aio_);
  }
  return facts;
}

Prepared KvmDriver::prepare(const Bundle& bundle, Deadline deadline) {
  require_machine(bundle);
  look_around(deadline);
  const auto image = provide_image(
      {bundle, modules_of(*kernel_, module_names(settings_)), settings_.is_compressed},
      context_.cache_directory, context_.run_id, deadline);
  auto location = image;
  if (settings_.is_snapshot) {
    location = provide_snapshot(image, deadline).folder;
    // What is restored is looked at by the machine that it is put into.
    images_[location] = image;
  }
  if (settings_.has_disk) disks_.keep_ready(disk_source(location, deadline));
  return {bundle.digest, location.string()};
}

void KvmDriver::require_machine(const Bundle& bundle) const {
  for (const auto& file : bundle.files) {
    if (file.path != "strata/agent") continue;
    const auto machine = machine_name(read_elf(file.source).machine);
    const auto wanted = machine_name(settings_.architecture == "aarch64" ? EM_AARCH64 : EM_X86_64);
    if (machine == wanted) return;
    throw UsageError(fmt::format("prepare a bundle for {}", target_.name),
                     fmt::format("its program is for {}, the guest is {}", machine, wanted),
                     fmt::format("name a program that is built for {}", wanted));
  }
}

std::string KvmDriver::snapshot_digest(const fs::path& image) const {
  const auto guest = definition(image);
  Sha256 digest;
  digest.add("strata snapshot 3\n");
  digest.add(fmt::format("{}\n{}\n{} {}\n{}\n", image.filename().string(),
                         remembered_file_sha256(kernel_->image), vmm_version_,
                         remembered_file_sha256(qemu_program(settings_)), host_key_));
  digest.add(fmt::format("{} {} {} {} {} {} {} {}\n", guest.machine, guest.cpu_model, guest.vcpus,
                         guest.memory.count, accelerator_fact(guest.accelerator),
                         settings_.has_disk ? settings_.disk_size.count : 0,
                         target_.options.at("network"), guest.huge_pages));
  return digest.finish();
}

Snapshot KvmDriver::provide_snapshot(const fs::path& image, Deadline deadline) {
  Snapshot snapshot{context_.cache_directory / "kvm" / "snapshots" / snapshot_digest(image)};
  std::error_code error;
  if (fs::exists(snapshot.folder, error) && !is_whole(snapshot, settings_.memory)) {
    remove_folder(snapshot.folder);
  }
  provide_made(snapshot.folder, context_.run_id, [&](const fs::path& temporary) {
    const Snapshot made{temporary};
    fs::create_directory(temporary);
    const auto state = make_state(made);
    KvmSetup setup{definition(image), nullptr, context_.run_id, {}};
    setup.guest.command_line += " STRATA_SNAPSHOT=1";
    setup.guest.memory_file = GuestMemoryFile{made.memory(), true};
    setup.guest.state_fd = state.get();
    add_network(setup);
    if (settings_.has_disk) add_disk(setup.guest, disks_.formatted(context_.run_id, deadline));
    const auto disk = setup.guest.disk;
    KvmInstance instance(std::move(setup), context_.clock);
    instance.start(*vmm_, context_.clock.now(), deadline);
    instance.save(deadline);
    // It is at rest: what the guest has not written yet is in its memory.
    if (disk) copy_disk(disk->path, made.disk());
    seal(made);
  });
  return snapshot;
}

void KvmDriver::require_own(const Snapshot& snapshot, const fs::path& image) const {
  if (snapshot.folder.filename() != snapshot_digest(image)) {
    throw Error(
        fmt::format("restore the guest in {}", snapshot.folder.string()),
        "it was saved by another QEMU, kernel, CPU model or host, or with other options, than "
        "would restore it",
        "prepare the bundle again: a new run does, and makes a snapshot of its own");
  }
  require_sizes(snapshot);
}

fs::path KvmDriver::disk_source(const fs::path& location, Deadline deadline) {
  if (settings_.is_snapshot) return Snapshot{location}.disk();
  return disks_.formatted(context_.run_id, deadline);
}

void KvmDriver::add_disk(GuestDefinition& guest, const fs::path& source) {
  guest.disk = GuestDisk{disks_.take(source), disk_cache_, disk_aio_};
}

void KvmDriver::add_network(KvmSetup& setup) {
  auto& guest = setup.guest;
  guest.network.kind = settings_.network;
  if (settings_.network == GuestNetwork::Kind::kNone) return;
  std::string address = kUserGuestAddress;
  if (settings_.network == GuestNetwork::Kind::kSocket) {
    setup.link =
        std::make_unique<PasstLink>(find_along_path("passt"), guest.environment, guest.cpus);
  } else if (settings_.network == GuestNetwork::Kind::kTap) {
    if (!bridge_) bridge_ = TapBridge::make(context_.run_id);
    setup.link = bridge_->plug();
  }
  if (setup.link) {
    guest.network = setup.link->device();
    address = setup.link->guest_address();
    // Who begins to carry its packets does not know it, and a server never speaks first.
    guest.command_line += " STRATA_ANNOUNCE=" + address.substr(address.rfind('/') + 1);
  }
  guest.command_line += " STRATA_NETWORK=" + address;
}

void KvmDriver::require_possible(const Limits& limits) const {
  const bool is_saved_larger =
      settings_.is_snapshot && limits.memory && limits.memory->count < settings_.memory.count;
  const char* const name = limits.cpus        ? "CPU time"
                           : limits.processes ? "processes"
                           : is_saved_larger  ? "memory that is below what it was saved with"
                                              : nullptr;
  if (name == nullptr) return;
  throw UsageError(fmt::format("start an instance of {}", target_.name),
                   fmt::format("a virtual machine can't be given a limit on {}", name),
                   "options vcpus and memory_mib say how large it is");
}

std::string KvmDriver::command_line() const {
  const bool is_arm = settings_.architecture == "aarch64";
  // Of the kernel: to end at once if it panics or resets, and to leave out what nobody looks at.
  std::string words =
      fmt::format("console={} loglevel=6 panic=-1 cryptomgr.notests", is_arm ? "ttyAMA0" : "ttyS0");
  words += is_arm ? " earlycon" : " earlyprintk=serial,ttyS0,115200 reboot=t 8250.nr_uarts=1";
  // Without it the kernel measures the rate against a timer, which goes wrong under emulation now
  // and then: time stands still then, and the boot hangs.
  if (tsc_khz_ > 0 && !is_arm) words += fmt::format(" tsc_early_khz={}", tsc_khz_);
  // To the kernel these are none of its own, so they become the agent's environment.
  words += " STRATA_RUN_ID=" + context_.run_id;
  // Serial numbers of disks.
  if (settings_.has_disk) words += " STRATA_DISK=scratch";
  if (!settings_.root_disk.empty()) words += " STRATA_ROOT=root";
  return words;
}

GuestDefinition KvmDriver::definition(const fs::path& image) const {
  GuestDefinition guest;
  guest.machine = settings_.machine;
  guest.accelerator = choice_.accelerator;
  guest.cpu_model = settings_.cpu_model;
  if (guest.cpu_model.empty()) {
    guest.cpu_model = choice_.accelerator == Accelerator::kKvm ? "host"
                      : settings_.architecture == "aarch64"    ? "cortex-a72"
                                                               : "max";
  }
  guest.vcpus = settings_.vcpus;
  guest.memory = settings_.memory;
  guest.huge_pages = settings_.huge_pages;
  guest.kernel = kernel_->image;
  guest.initramfs = image;
  guest.command_line = command_line();
  guest.environment = {"STRATA_RUN_ID=" + context_.run_id};
  if (!settings_.root_disk.empty()) {
    guest.root_disk = GuestDisk{settings_.root_disk, disk_cache_, disk_aio_};
    guest.environment.push_back("TMPDIR=" + context_.private_directory.string());
  }
  return guest;
}

std::unique_ptr<Instance> KvmDriver::start(const Prepared& prepared, const Limits& limits,
                                           Deadline deadline) {
  const auto requested = context_.clock.now();
  require_possible(limits);
  const auto image = images_.find(prepared.location);
  KvmSetup setup{definition(image == images_.end() ? fs::path(prepared.location) : image->second),
                 nullptr, context_.run_id, settings_.vcpu_cpus};
  auto& guest = setup.guest;
  guest.cpus = limits.cpu_set;
  if (limits.memory) guest.memory.count = std::min(guest.memory.count, limits.memory->count);
  UniqueFd state;
  if (settings_.is_snapshot) {
    const Snapshot snapshot{prepared.location};
    require_own(snapshot, guest.initramfs);
    state = open_state(snapshot);
    guest.state_fd = state.get();
    guest.memory_file = GuestMemoryFile{snapshot.memory(), false};
    guest.is_restored = true;
  }
  add_network(setup);
  const auto source = settings_.has_disk ? disk_source(prepared.location, deadline) : fs::path();
  if (settings_.has_disk) add_disk(guest, source);
  auto instance = std::make_unique<KvmInstance>(std::move(setup), context_.clock);
  instance->start(*vmm_, requested, deadline);
  // For the next start, now that this one's time has been taken.
  if (settings_.has_disk) disks_.keep_ready(source);
  return instance;
}

const DriverEntry kKvmDriverEntry{
    .name = "kvm",
    .summary = "a virtual machine under QEMU, with KVM or, marked so, emulation (tcg)",
    .options = kvm_options(),
    .shipped_targets =
        [] {
          return std::vector<Target>{
              {"kvm", "kvm", {}, {}},
              {"kvm-microvm", "kvm", {{"machine", "microvm"}}, {}},
              {"kvm-snapshot", "kvm", {{"machine", "microvm"}, {"start", "snapshot"}}, {}},
              {"kvm-arm64", "kvm", {{"machine", "virt"}}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<KvmDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
