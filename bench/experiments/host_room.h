#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "results/vocabulary/bytes.h"

namespace strata::bench {

/// What a host has left for further instances. What can't be read is absent.
struct HostRoom {
  Bytes memory;            ///< all there is
  Bytes available_memory;  ///< what can be had without swapping, as the kernel estimates it
  Bytes swap_used;
  /// How much of the last ten seconds some task waited for memory (PSI), in percent.
  std::optional<double> memory_pressure;
  std::optional<std::uint64_t> processes;  ///< processes and threads that may still be started

  /// What stays free whatever an experiment does: a tenth of the memory.
  [[nodiscard]] Bytes reserve() const { return {memory.count / 10}; }
};

/// Of this host, from /proc and the limits of the cgroup that this process is in. Throws Error if
/// the memory can't be read. `proc` and `cgroups` are where the file systems are mounted.
HostRoom host_room(const std::filesystem::path& proc = "/proc",
                   const std::filesystem::path& cgroups = "/sys/fs/cgroup");

/// Why no further instances should be started: too little memory is left, tasks wait for it, or the
/// host has begun to swap since `before`. Empty: nothing speaks against it.
std::string out_of_room(const HostRoom& before, const HostRoom& now);

}  // namespace strata::bench
