#include "bench/experiments/host_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "bench/numbers.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

/// The number at the beginning of a file; nothing for "max", and where there is no such file.
std::optional<std::uint64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

void keep_smaller(std::optional<std::uint64_t>& least, std::optional<std::uint64_t> other) {
  if (other) least = std::min(least.value_or(*other), *other);
}

std::uint64_t difference(std::uint64_t most, std::uint64_t used) {
  return most - std::min(most, used);
}

/// The folder of this process's group where processes are counted: "pids" of cgroup v1, or v2's
/// only hierarchy. A line of /proc/self/cgroup is "ID:CONTROLLERS:PATH".
fs::path group_of_pids(const fs::path& proc, const fs::path& cgroups) {
  std::ifstream file(proc / "self/cgroup");
  fs::path folder;
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = fs::path(line.substr(second + 1)).relative_path();
    if (controllers == "pids") return cgroups / "pids" / path;
    if (controllers.empty()) folder = cgroups / path;
  }
  return folder;
}

std::optional<std::uint64_t> free_processes(const fs::path& proc, const fs::path& cgroups) {
  std::optional<std::uint64_t> most;
  keep_smaller(most, number_in(proc / "sys/kernel/threads-max"));
  keep_smaller(most, number_in(proc / "sys/kernel/pid_max"));
  std::optional<std::uint64_t> left;
  // "0.20 0.18 0.12 1/80 11206": running and all tasks.
  std::ifstream loads(proc / "loadavg");
  std::string word;
  for (int i = 0; i < 4; ++i) loads >> word;
  if (const auto slash = word.find('/'); most && loads && slash != std::string::npos) {
    std::uint64_t used = 0;
    if (std::istringstream(word.substr(slash + 1)) >> used) left = difference(*most, used);
  }
  for (auto group = group_of_pids(proc, cgroups); group.string().size() > cgroups.string().size();
       group = group.parent_path()) {
    const auto limit = number_in(group / "pids.max");
    const auto used = number_in(group / "pids.current");
    if (limit && used) keep_smaller(left, difference(*limit, *used));
  }
  return left;
}

/// "some avg10=0.12 avg60=0.05 …" of /proc/pressure/memory.
std::optional<double> pressure_in(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  constexpr std::string_view kBefore = "some avg10=";
  double percent = 0;
  if (!line.starts_with(kBefore)) return std::nullopt;
  if (std::istringstream(line.substr(kBefore.size())) >> percent) return percent;
  return std::nullopt;
}

}  // namespace

HostRoom host_room(const fs::path& proc, const fs::path& cgroups) {
  HostRoom room;
  std::ifstream file(proc / "meminfo");
  std::optional<std::uint64_t> available;
  std::uint64_t swap = 0;
  std::uint64_t free_swap = 0;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t value = 0;
    if (!(words >> name >> value)) continue;
    if (name == "MemTotal:") room.memory = kibibytes(value);
    if (name == "MemAvailable:") available = value;
    if (name == "SwapTotal:") swap = value;
    if (name == "SwapFree:") free_swap = value;
  }
  if (room.memory.count == 0 || !available) {
    throw Error(fmt::format("read {}", (proc / "meminfo").string()),
                "it has no MemTotal or no MemAvailable", "is /proc mounted?");
  }
  room.available_memory = kibibytes(*available);
  room.swap_used = kibibytes(difference(swap, free_swap));
  room.memory_pressure = pressure_in(proc / "pressure/memory");
  room.processes = free_processes(proc, cgroups);
  return room;
}

std::string out_of_room(const HostRoom& before, const HostRoom& now) {
  constexpr double kMuchPressure = 10;
  constexpr auto kSomeSwap = mebibytes(16);
  if (now.available_memory.count < now.reserve().count) {
    return fmt::format("only {} of {} of memory are left",
                       format_quantity(static_cast<double>(now.available_memory.count), "B"),
                       format_quantity(static_cast<double>(now.memory.count), "B"));
  }
  if (now.swap_used.count > before.swap_used.count + kSomeSwap.count) {
    return "the host has begun to swap";
  }
  if (now.memory_pressure && *now.memory_pressure > kMuchPressure &&
      *now.memory_pressure > before.memory_pressure.value_or(0)) {
    return fmt::format("tasks waited for memory {:.0f} % of the last ten seconds",
                       *now.memory_pressure);
  }
  return {};
}

}  // namespace strata::bench
