#include "drivers/oci/runtime_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "drivers/container_options.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr auto kScratch = "/strata/scratch";

Json mount_of(const char* destination, const char* type, const char* source, Json options) {
  return {{"destination", destination},
          {"type", type},
          {"source", source},
          {"options", std::move(options)}};
}

Json mounts_of(const Target& target, const RuntimeRecipe& recipe) {
  const bool is_privileged = target.options.at("security") == "privileged";
  const char* const access = is_privileged ? "rw" : "ro";
  Json mounts{
      mount_of("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}),
      mount_of("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
      mount_of("/dev/pts", "devpts", "devpts",
               {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
      mount_of("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", access}),
      mount_of("/sys/fs/cgroup", "cgroup", "cgroup",
               {"nosuid", "noexec", "nodev", "relatime", access}),
      mount_of("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
      mount_of("/dev/shm", "tmpfs", "shm",
               {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"})};
  const auto& scratch = target.options.at("scratch");
  if (scratch == "tmpfs") {
    mounts.push_back(mount_of(kScratch, "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"}));
  } else if (scratch == "host") {
    mounts.push_back(
        mount_of(kScratch, "bind", recipe.scratch.c_str(), {"rbind", "rprivate", "rw"}));
  }
  return mounts;
}

Json resources_of(const Limits& limits, bool limits_swap) {
  Json resources{{"devices", {{{"allow", false}, {"access", "rwm"}}}}};
  constexpr double kPeriod = 100'000;  // microseconds, the kernel's own choice
  if (limits.cpus) {
    resources["cpu"]["period"] = std::llround(kPeriod);
    resources["cpu"]["quota"] = std::llround(*limits.cpus * kPeriod);
  }
  if (!limits.cpu_set.empty()) {
    resources["cpu"]["cpus"] = fmt::format("{}", fmt::join(limits.cpu_set, ","));
  }
  if (limits.memory) {
    resources["memory"]["limit"] = limits.memory->count;
    // Memory and swap together: no swap.
    if (limits_swap) resources["memory"]["swap"] = limits.memory->count;
  }
  if (limits.processes) resources["pids"]["limit"] = *limits.processes;
  return resources;
}

Json namespaces_of(const Target& target) {
  Json namespaces{{{"type", "pid"}}, {{"type", "ipc"}}, {{"type", "uts"}}, {{"type", "mount"}}};
  if (target.options.at("network") == "none") namespaces.push_back({{"type", "network"}});
  return namespaces;
}

Json process_of(const Target& target, const RuntimeRecipe& recipe) {
  const auto& security = target.options.at("security");
  const auto capabilities = security == "hardened"     ? std::vector<std::string>()
                            : security == "privileged" ? capability_names(recipe.own_capabilities)
                                                       : default_capabilities();
  const unsigned user = security == "hardened" ? kNobody : 0;
  return {{"terminal", false},
          {"user", {{"uid", user}, {"gid", user}}},
          {"args", {"/strata/agent"}},
          {"env",
           {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "STRATA_RUN_ID=" + recipe.run_id, fmt::format("STRATA_SCRATCH={}", kScratch)}},
          {"cwd", "/"},
          {"capabilities",
           {{"bounding", capabilities}, {"effective", capabilities}, {"permitted", capabilities}}},
          {"noNewPrivileges", true}};
}

}  // namespace

std::vector<std::string> capability_names(std::uint64_t mask) {
  // By their numbers: capabilities(7), linux/capability.h.
  constexpr std::array kNames{"CHOWN",
                              "DAC_OVERRIDE",
                              "DAC_READ_SEARCH",
                              "FOWNER",
                              "FSETID",
                              "KILL",
                              "SETGID",
                              "SETUID",
                              "SETPCAP",
                              "LINUX_IMMUTABLE",
                              "NET_BIND_SERVICE",
                              "NET_BROADCAST",
                              "NET_ADMIN",
                              "NET_RAW",
                              "IPC_LOCK",
                              "IPC_OWNER",
                              "SYS_MODULE",
                              "SYS_RAWIO",
                              "SYS_CHROOT",
                              "SYS_PTRACE",
                              "SYS_PACCT",
                              "SYS_ADMIN",
                              "SYS_BOOT",
                              "SYS_NICE",
                              "SYS_RESOURCE",
                              "SYS_TIME",
                              "SYS_TTY_CONFIG",
                              "MKNOD",
                              "LEASE",
                              "AUDIT_WRITE",
                              "AUDIT_CONTROL",
                              "SETFCAP",
                              "MAC_OVERRIDE",
                              "MAC_ADMIN",
                              "SYSLOG",
                              "WAKE_ALARM",
                              "BLOCK_SUSPEND",
                              "AUDIT_READ",
                              "PERFMON",
                              "BPF",
                              "CHECKPOINT_RESTORE"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (((mask >> i) & 1U) != 0) names.push_back(std::string("CAP_") + kNames.at(i));
  }
  return names;
}

const std::vector<std::string>& default_capabilities() {
  static const std::vector<std::string> kNames{
      "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FSETID",     "CAP_FOWNER",     "CAP_MKNOD",
      "CAP_NET_RAW", "CAP_SETGID",           "CAP_SETUID",     "CAP_SETFCAP",    "CAP_SETPCAP",
      "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE"};
  return kNames;
}

Json runtime_config(const Target& target, const RuntimeRecipe& recipe, const Json& filter) {
  Json config{{"ociVersion", "1.0.2"},
              {"process", process_of(target, recipe)},
              {"root", {{"path", recipe.root.string()}, {"readonly", false}}},
              {"hostname", "strata"},
              {"mounts", mounts_of(target, recipe)},
              {"linux",
               {{"cgroupsPath", "/" + recipe.id},
                {"namespaces", namespaces_of(target)},
                {"resources", resources_of(recipe.limits, recipe.limits_swap)}}}};
  auto& system = config["linux"];
  if (!filter.is_null()) system["seccomp"] = filter;
  if (target.options.at("security") == "privileged") {
    system["resources"]["devices"] = {{{"allow", true}, {"access", "rwm"}}};
    return config;
  }
  system["maskedPaths"] = {"/proc/asound",      "/proc/acpi",          "/proc/kcore",
                           "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
                           "/proc/timer_stats", "/proc/sched_debug",   "/proc/scsi",
                           "/sys/firmware"};
  system["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                             "/proc/sysrq-trigger"};
  return config;
}

}  // namespace strata::drivers
