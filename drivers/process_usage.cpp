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

std::optional<Duration> cpu_of(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream words(text.substr(name_end + 1));
  // proc(5): the words after the name are fields 3 and on; utime, stime, cutime, cstime are 14
  // to 17.
  std::string skipped;
  for (int field = 3; field < 14; ++field) words >> skipped;
  std::uint64_t total = 0;
  for (int field = 14; field <= 17; ++field) {
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
  usage.cpu = cpu_of(folder);
  usage.memory = kibibytes_of(folder + "/smaps_rollup", "Pss");
  usage.peak_memory = kibibytes_of(folder + "/status", "VmHWM");
  return usage;
}

}  // namespace strata::drivers
