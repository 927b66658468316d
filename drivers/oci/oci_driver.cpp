#include "drivers/oci/oci_driver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>
#include <vector>

#include "drivers/bundle_folder.h"
#include "drivers/container_options.h"
#include "drivers/inside.h"
#include "drivers/oci/cgroup_remains.h"
#include "drivers/oci/runtime_config.h"
#include "drivers/oci/system_call_filter.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr auto kCleanLimit = std::chrono::seconds(10);
/// A container is called strata-oci.RUN.NUMBER, and so is its cgroup.
constexpr std::string_view kPrefix = "strata-oci.";

const std::array<OptionSpec, 10> kOptions{{
    {"runtime", "runc", "the OCI runtime: a path, or a name along $PATH: runc, crun, runsc"},
    {"arguments", "", "words for the runtime before its command: \"--platform=kvm\""},
    {"network", "none", "none (a namespace of its own with loopback alone) or host"},
    {"scratch", "overlay",
     "what the scratch folder is on: overlay (the container's root), host (a folder of this host) "
     "or tmpfs"},
    kCpusOption,
    kCpusetOption,
    kMemoryOption,
    kPidsOption,
    kSecurityOption,
    kSeccompOption,
}};

std::string new_id(const std::string& run_id) {
  std::random_device device;
  return fmt::format("{}{}.{:08x}{:08x}", kPrefix, run_id, device(), device());
}

/// The run in a container's name; empty if it is none of ours.
std::string_view run_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool /*with_cache*/,
                               const DriverContext& /*context*/) {
  // What was laid out is the process driver's to remove: the cache is one.
  std::vector<std::string> removed;
  const auto ours = [&](std::string_view name) {
    const auto run = run_of(name);
    return !run.empty() && is_abandoned(run);
  };
  for (const auto& name : remove_cgroups(ours, Deadline::after(monotonic_clock(), kCleanLimit))) {
    removed.push_back(fmt::format("container {} of run {}", name, run_of(name)));
  }
  return removed;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What this process could give away.
std::uint64_t own_capabilities() {
  std::istringstream status(content_of("/proc/self/status"));
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view kName = "CapBnd:\t";
    if (line.starts_with(kName)) return std::stoull(line.substr(kName.size()), nullptr, 16);
  }
  return 0;
}

bool accounts_for_swap() {
  std::error_code error;
  return fs::exists("/sys/fs/cgroup/cgroup.controllers", error) ||
         fs::exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", error);
}

/// What a container's root needs beside the bundle's files, as in the docker driver's images.
void make_skeleton(const fs::path& folder) {
  for (const auto* const name : {"dev", "etc", "proc", "strata/scratch", "sys", "tmp"}) {
    fs::create_directories(folder / name);
  }
  for (const auto* const name : {"strata/scratch", "tmp"}) {
    fs::permissions(folder / name, static_cast<fs::perms>(01777));
  }
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    throw Error(fmt::format("write {}", path.string()), "the file system refuses",
                "is the disk full? TMPDIR names another place");
  }
}

}  // namespace

OciDriver::OciDriver(Target target, const DriverContext& context)
    : target_(std::move(target)),
      limits_(limits_of(target_)),
      context_(context),
      folders_(context.private_directory),
      scratch_(context.private_directory) {
  const std::array<std::string, 2> networks{"none", "host"};
  require_one_of(target_, "network", networks);
  const std::array<std::string, 3> kinds{"overlay", "host", "tmpfs"};
  require_one_of(target_, "scratch", kinds);
  require_security_options(target_);
}

std::shared_ptr<Runtime> OciDriver::runtime(Deadline deadline) {
  if (runtime_) return runtime_;
  if (::geteuid() != 0) {
    throw Error(fmt::format("use runtime {} without an engine", target_.options.at("runtime")),
                "that needs root", "use sudo, or a docker target");
  }
  auto runtime =
      std::make_shared<Runtime>(target_.options.at("runtime"), folders_.take(), context_.run_id);
  std::istringstream words(target_.options.at("arguments"));
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  // gVisor takes the container's network from its own command line.
  if (runtime->is_gvisor(deadline))
    arguments.push_back("--network=" + target_.options.at("network"));
  runtime->set_arguments(std::move(arguments));
  return runtime_ = std::move(runtime);
}

void OciDriver::get_ready(Deadline deadline) {
  if (is_ready_) return;
  runtime(deadline);
  const bool is_filtered =
      target_.options.at("seccomp") != "off" && target_.options.at("security") != "privileged";
  if (is_filtered) {
    const auto text = content_of(kFilterFile);
    if (text.empty()) {
      throw Error(
          fmt::format("read the filter of system calls in {}", kFilterFile), "there is none",
          "sudo apt-get install golang-github-containers-common, or write seccomp = \"off\"");
    }
    const bool is_hardened = target_.options.at("security") == "hardened";
    filter_ =
        system_call_filter(text, is_hardened ? std::vector<std::string>() : default_capabilities());
  }
  skeleton_ = runtime_->home() / "root";
  make_skeleton(skeleton_);
  is_ready_ = true;
}

Availability OciDriver::probe(Deadline deadline) try {
  const OwnedFolder folder(context_.private_directory / "probe");
  const auto bundle = make_agent_bundle(context_.agent);
  const auto root = lay_out(bundle, folder.path(), context_.run_id, deadline);
  const auto instance = start({bundle.digest, root.string()}, {}, deadline);
  const auto inside = look_inside(*instance, deadline);
  require_limits(inside, limits_, fmt::format("keep the limits of target \"{}\"", target_.name));
  instance->stop(deadline);
  auto facts = facts_of(inside);
  facts.insert({{"accelerator", "native"},
                {"runtime", target_.options.at("runtime")},
                {"runtime.version", runtime_->version(deadline)}});
  for (const auto* const option : {"network", "scratch", "security", "seccomp"}) {
    facts[option] = target_.options.at(option);
  }
  return strata::drivers::Ready{std::move(facts)};
} catch (const Error& error) {
  return error.failure();
}

Prepared OciDriver::prepare(const Bundle& bundle, Deadline deadline) {
  get_ready(deadline);
  const auto root = lay_out(bundle, context_.cache_directory, context_.run_id, deadline);
  folders_.keep_ready();
  if (target_.options.at("scratch") == "host") scratch_.keep_ready();
  return {bundle.digest, root.string()};
}

std::unique_ptr<Instance> OciDriver::start(const Prepared& prepared, const Limits& limits,
                                           Deadline deadline) {
  get_ready(deadline);
  const bool on_host = target_.options.at("scratch") == "host";
  const auto requested = context_.clock.now();
  OciInstance::Setup setup{new_id(context_.run_id), folders_.take(),
                           on_host ? scratch_.take() : fs::path(),
                           target_.options.at("network") == "host"};
  // Whoever a container's user is, the folder is its own to use, as /tmp is.
  if (on_host) fs::permissions(setup.scratch, static_cast<fs::perms>(01777));
  auto instance = std::make_unique<OciInstance>(runtime_, setup, context_.clock);
  const auto root = setup.folder / "root";
  for (const auto* const name : {"root", "upper", "work"})
    fs::create_directory(setup.folder / name);
  // What is mounted there has the rights of its upper folder; a hardened container is nobody's.
  fs::permissions(setup.folder / "upper", static_cast<fs::perms>(0755));
  const auto config =
      runtime_config(target_,
                     {setup.id, context_.run_id, root, setup.scratch, merged(limits, limits_),
                      accounts_for_swap(), own_capabilities()},
                     filter_);
  write_file(setup.folder / "config.json", config.dump());
  instance->start({.overlay_target = root,
                   .overlay_options = fmt::format(
                       "lowerdir={}:{},upperdir={},workdir={}", overlay_escaped(prepared.location),
                       overlay_escaped(skeleton_), overlay_escaped(setup.folder / "upper"),
                       overlay_escaped(setup.folder / "work")),
                   .hidden_cgroups = {}},
                  requested, deadline);
  // For the next start, now that this one's time has been taken.
  folders_.keep_ready();
  if (on_host) scratch_.keep_ready();
  return instance;
}

const DriverEntry kOciDriverEntry{
    .name = "oci",
    .summary = "a container of an OCI runtime without an engine",
    .options = kOptions,
    .shipped_targets =
        [] {
          return std::vector<Target>{{"oci-runc", "oci", {{"runtime", "runc"}}, {}},
                                     {"oci-crun", "oci", {{"runtime", "crun"}}, {}},
                                     {"oci-gvisor", "oci", {{"runtime", "runsc"}}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<OciDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
