#include "drivers/process_usage.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace strata::drivers {
namespace {

/// The value of "Name:  123 kB" in a file of such lines.
std::optional<Bytes> kibibytes_of(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words(line.substr(name.size() + 1));
    std::uint64_t count = 0;
    if (words >> count) return kibibytes(count);
  }
  return std::nullopt;
}

/// The words of /proc/PID/stat behind the process's name, which may itself hold anything: fields 3
/// and on of proc(5). Empty if there is no such process.
std::istringstream stat_words(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');
  return std::istringstream(name_end == std::string::npos ? "" : text.substr(name_end + 1));
}

/// The sum of the words that hold times in ticks, the first two of which are the process's own, the
/// others those of the children it waited for: utime, stime, cutime, cstime, fields 14 to 17.
std::optional<Duration> cpu_of(const std::string& folder, int count) {
  auto words = stat_words(folder);
  std::string skipped;
  for (int field = 3; field < 14; ++field) words >> skipped;
  std::uint64_t total = 0;
  for (int i = 0; i < count; ++i) {
    std::uint64_t ticks = 0;
    if (!(words >> ticks)) return std::nullopt;
    total += ticks;
  }
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return Duration(static_cast<std::int64_t>(total * (kSecond / per_second)));
}

}  // namespace

SideUsage usage_of_process(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  SideUsage usage;
  usage.cpu = cpu_of(folder, 4);
  usage.memory = kibibytes_of(folder + "/smaps_rollup", "Pss");
  usage.peak_memory = kibibytes_of(folder + "/status", "VmHWM");
  return usage;
}

std::optional<Duration> own_cpu_of_process(pid_t pid) {
  return cpu_of("/proc/" + std::to_string(pid), 2);
}

std::optional<Duration> cpu_of_thread(pid_t pid, pid_t thread) {
  return cpu_of("/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread), 2);
}

std::optional<pid_t> parent_process(pid_t pid) {
  auto words = stat_words("/proc/" + std::to_string(pid));
  char state = 0;
  pid_t parent = 0;
  return words >> state >> parent ? std::optional(parent) : std::nullopt;
}

}  // namespace strata::drivers
