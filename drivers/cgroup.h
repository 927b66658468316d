#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// Where the kernel accounts for the processes of one sandbox, whether it is a group in each of
/// cgroup v1's hierarchies or one in v2's (cgroups(7)). Reads only. What can't be read is absent: a
/// group goes with its last process, and not every kernel has every file.
class Cgroup {
 public:
  /// The group whose folder's name holds `name`: the cgroupfs drivers of engines call a container's
  /// ID, systemd's docker-ID.scope. Nothing if there is none. `mount` is where the hierarchies are.
  static std::optional<Cgroup> find(std::string_view name,
                                    const std::filesystem::path& mount = "/sys/fs/cgroup");

  /// Its processes and those of the groups below it, as this process numbers them.
  [[nodiscard]] std::vector<pid_t> processes() const;
  /// The first of its processes: the one whose parent is outside. Nothing if it is empty.
  [[nodiscard]] std::optional<pid_t> first_process() const;
  /// CPU time that all its processes used, also those that have ended.
  [[nodiscard]] std::optional<Duration> cpu() const;
  /// What is charged to it (page cache as well), and the most that ever was.
  [[nodiscard]] std::optional<Bytes> memory() const;
  [[nodiscard]] std::optional<Bytes> peak_memory() const;
  /// How many of its processes the kernel has killed for want of memory.
  [[nodiscard]] std::optional<std::uint64_t> out_of_memory_kills() const;

  /// The whole text of a file of the group, without the newline at its end; `v1_controller` says in
  /// which of v1's hierarchies it is. Nothing if there is none.
  [[nodiscard]] std::optional<std::string> read(std::string_view v1_controller,
                                                std::string_view file) const;
  [[nodiscard]] bool is_v2() const { return is_v2_; }

 private:
  Cgroup(std::filesystem::path mount, std::filesystem::path path, bool is_v2)
      : mount_(std::move(mount)), path_(std::move(path)), is_v2_(is_v2) {}
  [[nodiscard]] std::filesystem::path folder(std::string_view v1_controller) const;

  std::filesystem::path mount_;
  std::filesystem::path path_;  ///< below the mount (v2) or below the hierarchy (v1)
  bool is_v2_;
};

}  // namespace strata::drivers
