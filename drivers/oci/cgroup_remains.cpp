#include "drivers/oci/cgroup_remains.h"

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// The groups at the top of every hierarchy that is mounted in the usual place.
std::vector<fs::path> top_groups() {
  const fs::path mount = "/sys/fs/cgroup";
  std::vector<fs::path> groups;
  std::error_code error;
  std::vector<fs::path> hierarchies{mount};
  for (const auto& entry : fs::directory_iterator(mount, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) hierarchies.push_back(entry.path());
  }
  for (const auto& hierarchy : hierarchies) {
    for (const auto& entry : fs::directory_iterator(hierarchy, error)) {
      if (entry.is_directory(error)) groups.push_back(entry.path());
    }
  }
  return groups;
}

void kill_members(const fs::path& group) {
  std::ifstream file(group / "cgroup.procs");
  for (pid_t pid = 0; file >> pid;) {
    if (pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
  }
}

/// A group goes only after those below it. What the kernel lists as its files can't be removed, and
/// need not be.
void remove_group(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (entry.is_directory(error)) remove_group(entry.path());
  }
  kill_members(group);
  ::rmdir(group.c_str());
}

}  // namespace

std::vector<std::string> remove_cgroups(const std::function<bool(std::string_view name)>& chosen,
                                        Deadline deadline) {
  std::set<std::string> gone;
  for (const auto& group : top_groups()) {
    const auto name = group.filename().string();
    if (!chosen(name)) continue;
    std::error_code error;
    for (;;) {
      remove_group(group);
      if (!fs::exists(group, error)) {
        gone.insert(name);
        break;
      }
      if (deadline.expired()) break;
      // The kernel lets go of a group a moment after its last process has been reaped.
      ::usleep(1000);
    }
  }
  return {gone.begin(), gone.end()};
}

}  // namespace strata::drivers
