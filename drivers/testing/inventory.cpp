#include "drivers/testing/inventory.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "drivers/process_scan.h"

namespace strata::drivers::testing {
namespace {

namespace fs = std::filesystem;

std::set<std::string> lines_of(const std::string& path) {
  std::set<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.insert(line);
  return lines;
}

/// Paths of a process's cgroups, one for each hierarchy: "/docker/1f2e".
std::set<std::string> cgroup_paths(pid_t pid) {
  std::set<std::string> paths;
  for (const auto& line : lines_of(fmt::format("/proc/{}/cgroup", pid))) {
    // "4:memory:/path" or "0::/path"
    const auto second = line.find(':', line.find(':') + 1);
    if (second != std::string::npos) paths.insert(line.substr(second + 1));
  }
  return paths;
}

void add_surplus(const char* kind, const std::set<std::string>& before,
                 const std::set<std::string>& after, std::string& text) {
  for (const auto& one : after) {
    if (!before.contains(one)) text += fmt::format("{} {}\n", kind, one);
  }
}

}  // namespace

Inventory take_inventory(const std::vector<fs::path>& folders) {
  Inventory inventory;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    // The one that lists the folder is gone when it is asked what it is.
    const auto what = fs::read_symlink(entry.path(), gone).string();
    const auto name = entry.path().filename().string();
    if (gone || what.find("/fd") != std::string::npos) continue;
    inventory.descriptors.insert(fmt::format("{} {}", name, what.substr(0, what.find(':'))));
  }
  inventory.mounts = lines_of("/proc/self/mountinfo");
  for (const auto& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      inventory.files.insert(entry.path().string());
    }
  }
  return inventory;
}

std::string surplus(const Inventory& before, const Inventory& after) {
  std::string text;
  add_surplus("descriptor", before.descriptors, after.descriptors, text);
  add_surplus("mount", before.mounts, after.mounts, text);
  add_surplus("file", before.files, after.files, text);
  return text;
}

std::vector<std::string> processes_of(const std::string& run_id) {
  std::vector<std::string> found;
  for (const auto& one : live_processes()) {
    if (one.variable("STRATA_RUN_ID") == run_id) {
      found.push_back(fmt::format("{} {}", one.pid, one.name));
    }
  }
  return found;
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

std::set<fs::path> cgroups_of(const std::string& run_id) {
  std::set<fs::path> folders;
  const auto own = cgroup_paths(::getpid());
  std::error_code error;
  for (const auto& process : live_processes()) {
    if (process.variable("STRATA_RUN_ID") != run_id) continue;
    for (const auto& path : cgroup_paths(process.pid)) {
      if (own.contains(path) || path == "/") continue;
      // Wherever a hierarchy is mounted: version 2 in one place, version 1 in many.
      const auto relative = fs::path(path).relative_path();
      const fs::path root = "/sys/fs/cgroup";
      if (fs::is_directory(root / relative, error)) folders.insert(root / relative);
      for (const auto& hierarchy : fs::directory_iterator(root, error)) {
        const auto folder = hierarchy.path() / relative;
        if (fs::is_directory(folder, error)) folders.insert(folder);
      }
    }
  }
  return folders;
}

}  // namespace strata::drivers::testing
