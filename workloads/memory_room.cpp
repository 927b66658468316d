#include "workloads/memory_room.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "workloads/report.h"

namespace strata::workloads {
namespace {

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// The number a file holds; none if it holds another word ("max"), or is not there.
std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

std::uint64_t available(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  for (std::string name; file >> name;) {
    std::uint64_t kibibytes = 0;
    file >> kibibytes;
    if (name == "MemAvailable:") return kibibytes << 10U;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kNoLimit;
}

std::uint64_t left_in_cgroup(const std::string& limit_file, const std::string& usage_file) {
  const auto limit = number_in(limit_file);
  const auto usage = number_in(usage_file);
  if (!limit || !usage) return kNoLimit;
  return *limit > *usage ? *limit - *usage : 0;
}

}  // namespace

std::uint64_t memory_room(const std::string& root) {
  const auto cgroup = root + "/sys/fs/cgroup";
  const auto v1 = cgroup + "/memory/memory.";
  auto room =
      std::min({available(root), left_in_cgroup(cgroup + "/memory.max", cgroup + "/memory.current"),
                left_in_cgroup(v1 + "limit_in_bytes", v1 + "usage_in_bytes")});
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
    room = std::min<std::uint64_t>(room, space.rlim_cur);
  }
  return room;
}

bool require_memory(benchmark::State& state, std::uint64_t bytes) {
  constexpr std::uint64_t kMebibyte = 1ULL << 20U;
  const auto room = memory_room();
  if (bytes <= room) return true;
  fail(state, "take " + std::to_string(bytes / kMebibyte) + " MiB of memory: only " +
                  std::to_string(room / kMebibyte) + " MiB are left here; give the instance more");
  return false;
}

std::uint64_t last_level_cache(const std::string& root) {
  constexpr std::uint64_t kUsual = 32ULL << 20U;
  constexpr int kMostCaches = 8;
  std::uint64_t largest = 0;
  for (int i = 0; i < kMostCaches; ++i) {
    std::ifstream file(root + "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) +
                       "/size");
    std::uint64_t size = 0;
    char unit = 0;
    if (file >> size >> unit) largest = std::max(largest, size << (unit == 'M' ? 20U : 10U));
  }
  return largest > 0 ? largest : kUsual;
}

}  // namespace strata::workloads
