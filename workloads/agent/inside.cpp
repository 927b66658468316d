#include "workloads/agent/inside.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "workloads/agent/json_line.h"

namespace strata::agent {
namespace {

std::optional<std::string> content_of(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(fd, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  if (count < 0) return std::nullopt;
  return text;
}

/// Calls `use` with each line.
template <typename Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    use(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

/// The word at place `index`, counted from 0.
std::string_view word(std::string_view line, int index) {
  for (; index > 0; --index) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  return line.substr(0, line.find(' '));
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// The line of /proc/self/mountinfo of the mount that `path` is on. Of those over one another the
/// last counts.
std::string mount_of(std::string_view path, std::string_view mounts) {
  std::string_view found;
  constexpr int kMountPoint = 4;
  each_line(mounts, [&](std::string_view line) {
    const auto point = word(line, kMountPoint);
    if (is_below(path, point) && point.size() >= word(found, kMountPoint).size()) found = line;
  });
  return std::string(found);
}

std::string cpus() {
  cpu_set_t set;
  std::string text;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return text;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  }
  return text;
}

void add_status(std::string_view status, JsonLine& line) {
  constexpr std::array kWanted{std::pair{"Seccomp", "seccomp"},
                               std::pair{"NoNewPrivs", "no_new_privileges"},
                               std::pair{"CapEff", "capabilities"}};
  each_line(status, [&](std::string_view text) {
    const auto colon = text.find(":\t");
    if (colon == std::string_view::npos) return;
    for (const auto& [name, key] : kWanted) {
      if (text.substr(0, colon) == name) line.text(key, text.substr(colon + 2));
    }
  });
}

/// Each limit where version 2 has it, then where version 1 has it.
void add_cgroup(JsonLine& line) {
  constexpr std::array kFiles{
      std::pair{"cpu.max", "/sys/fs/cgroup/cpu.max"},
      std::pair{"cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"},
      std::pair{"cpu.cfs_period_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"},
      std::pair{"memory.max", "/sys/fs/cgroup/memory.max"},
      std::pair{"memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"},
      std::pair{"pids.max", "/sys/fs/cgroup/pids.max"},
      std::pair{"pids.max", "/sys/fs/cgroup/pids/pids.max"},
  };
  for (const auto& [name, path] : kFiles) {
    auto content = content_of(path);
    if (!content) continue;
    if (content->ends_with('\n')) content->pop_back();
    line.text(name, *content);
  }
}

}  // namespace

std::string describe_inside(const std::string& scratch) {
  JsonLine line;
  line.text("scratch", scratch);
  std::array<char, PATH_MAX> resolved{};
  const char* const real = ::realpath(scratch.c_str(), resolved.data());
  if (const auto mounts = content_of("/proc/self/mountinfo")) {
    line.text("mount", mount_of(real != nullptr ? std::string_view(real) : scratch, *mounts));
  }
  line.text("cpus", cpus());
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) line.number("memory_total", info.totalram * info.mem_unit);
  if (const auto status = content_of("/proc/self/status")) add_status(*status, line);
  add_cgroup(line);
  return line.finish();
}

}  // namespace strata::agent
