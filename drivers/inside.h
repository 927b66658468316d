#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"

namespace strata::drivers {

/// What an instance looks like to a program in it. What could not be seen is absent: gVisor shows
/// no cgroup files, a guest has none.
struct Inside {
  std::string file_system;    ///< that the scratch folder is on: "overlay", "ext4", "tmpfs"
  std::string device;         ///< what is mounted there: "/dev/vda", "overlay"
  std::string mount_options;  ///< "rw,nosuid,…": of the mount, then of the file system
  std::vector<std::uint32_t> cpu_set;
  std::optional<double> cpus;  ///< CPU time per wall time
  std::optional<Bytes> memory;
  std::optional<std::uint64_t> processes;
  std::optional<Bytes> memory_total;  ///< what the kernel that it sees calls its memory
  std::string seccomp;                ///< "filter", "strict" or "off"
  std::string no_new_privileges;      ///< "true" or "false"
  std::string capabilities;           ///< the effective ones, as the kernel's hexadecimal mask
};

/// Takes what `strata-agent --inside` prints apart. Outside data: what is not as it should be is
/// absent.
Inside parse_inside(std::string_view line);

/// Asks a live instance by a job of its own. Throws as Instance::run() does.
Inside look_inside(Instance& instance, Deadline deadline);

/// As facts of a result: "scratch.file_system", "inside.seccomp", …
std::map<std::string, std::string> facts_of(const Inside& inside);

/// Throws Error if a limit that can be seen from inside is not what was asked for. `tried` is for
/// its text.
void require_limits(const Inside& inside, const Limits& limits, const std::string& tried);

}  // namespace strata::drivers
