#include "drivers/cgroup.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <fstream>
#include <sstream>
#include <system_error>

#include "drivers/process_usage.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// A controller that every v1 kernel which runs containers has; they all get the same path.
constexpr std::string_view kAnyController = "memory";

/// The folder whose name holds `name`, the nearest first, below `top`.
std::optional<fs::path> find_folder(const fs::path& top, std::string_view name) {
  std::deque<fs::path> level{top};
  std::error_code error;
  while (!level.empty()) {
    // Groups come and go while we look: what is gone is passed over.
    for (const auto& entry : fs::directory_iterator(level.front(), error)) {
      if (!entry.is_directory(error) || entry.is_symlink(error)) continue;
      if (entry.path().filename().native().find(name) != std::string::npos) return entry.path();
      level.push_back(entry.path());
    }
    level.pop_front();
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Bytes> bytes(const std::optional<std::string>& text) {
  const auto count = text ? number(*text) : std::nullopt;
  return count ? std::optional(Bytes{*count}) : std::nullopt;
}

/// The number behind `key` in lines "key number".
std::optional<std::uint64_t> keyed_number(const std::optional<std::string>& text,
                                          std::string_view key) {
  if (!text) return std::nullopt;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    if (std::string_view(line).substr(0, space) == key && space != std::string::npos) {
      return number(std::string_view(line).substr(space + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Cgroup> Cgroup::find(std::string_view name, const fs::path& mount) {
  std::error_code error;
  const bool is_v2 = fs::exists(mount / "cgroup.controllers", error);
  const auto top = is_v2 ? mount : mount / kAnyController;
  const auto found = find_folder(top, name);
  if (!found) return std::nullopt;
  return Cgroup(mount, found->lexically_relative(top), is_v2);
}

fs::path Cgroup::folder(std::string_view v1_controller) const {
  return is_v2_ ? mount_ / path_ : mount_ / v1_controller / path_;
}

std::optional<std::string> Cgroup::read(std::string_view v1_controller,
                                        std::string_view file) const {
  std::ifstream stream(folder(v1_controller) / file);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  auto whole = std::move(text).str();
  if (whole.ends_with('\n')) whole.pop_back();
  return whole;
}

std::vector<pid_t> Cgroup::processes() const {
  std::vector<pid_t> pids;
  const auto add = [&](const fs::path& group) {
    std::ifstream file(group / "cgroup.procs");
    for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  };
  const auto top = folder(kAnyController);
  add(top);
  std::error_code error;
  for (fs::recursive_directory_iterator at(top, error), end; at != end; at.increment(error)) {
    if (at->is_directory(error)) add(at->path());
  }
  return pids;
}

std::optional<pid_t> Cgroup::first_process() const {
  const auto pids = processes();
  for (const auto pid : pids) {
    const auto parent = parent_process(pid);
    if (parent && std::ranges::find(pids, *parent) == pids.end()) return pid;
  }
  return std::nullopt;
}

std::optional<Duration> Cgroup::cpu() const {
  if (is_v2_) {
    const auto spent = keyed_number(read({}, "cpu.stat"), "usage_usec");
    return spent ? std::optional<Duration>(std::chrono::microseconds(*spent)) : std::nullopt;
  }
  const auto text = read("cpuacct", "cpuacct.usage");
  const auto spent = text ? number(*text) : std::nullopt;
  return spent ? std::optional<Duration>(std::chrono::nanoseconds(*spent)) : std::nullopt;
}

std::optional<Bytes> Cgroup::memory() const {
  return bytes(is_v2_ ? read({}, "memory.current") : read("memory", "memory.usage_in_bytes"));
}

std::optional<Bytes> Cgroup::peak_memory() const {
  return bytes(is_v2_ ? read({}, "memory.peak") : read("memory", "memory.max_usage_in_bytes"));
}

std::optional<std::uint64_t> Cgroup::out_of_memory_kills() const {
  return keyed_number(is_v2_ ? read({}, "memory.events") : read("memory", "memory.oom_control"),
                      "oom_kill");
}

}  // namespace strata::drivers
