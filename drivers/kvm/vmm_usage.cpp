#include "drivers/kvm/vmm_usage.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "drivers/process_usage.h"

namespace strata::drivers {
namespace {

/// The number of kibibytes in "Name:   123 kB"; nothing if the line is another.
std::optional<std::uint64_t> kibibytes_in(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  std::uint64_t count = 0;
  const auto result = std::from_chars(line.data(), line.data() + line.size(), count);
  if (result.ec != std::errc()) return std::nullopt;
  return count;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();  // an iterator would throw where the process ends between open and read
  return std::move(content).str();
}

}  // namespace

std::optional<Bytes> guest_memory_in(std::string_view smaps, Bytes size) {
  std::optional<Bytes> most;
  bool is_candidate = false;
  while (!smaps.empty()) {
    const auto line = smaps.substr(0, smaps.find('\n'));
    smaps.remove_prefix(std::min(line.size() + 1, smaps.size()));
    if (const auto whole = kibibytes_in(line, "Size:")) {
      is_candidate = *whole == size.count >> 10U;
    } else if (const auto touched = kibibytes_in(line, "Pss:"); touched && is_candidate) {
      if (!most || kibibytes(*touched).count > most->count) most = kibibytes(*touched);
    }
  }
  return most;
}

Usage usage_of_vmm(pid_t pid, const std::vector<pid_t>& vcpu_threads, Bytes guest_memory,
                   const std::vector<pid_t>& helpers) {
  const auto whole = usage_of_process(pid);
  Usage usage;
  std::optional<Duration> vcpus;
  for (const auto thread : vcpu_threads) {
    if (const auto cpu = cpu_of_thread(pid, thread)) vcpus = vcpus.value_or(Duration{}) + *cpu;
  }
  usage.sandbox.cpu = vcpus;
  if (whole.cpu && vcpus) usage.supervisors.cpu = std::max(Duration{}, *whole.cpu - *vcpus);
  if (const auto main = cpu_of_thread(pid, pid); main && usage.supervisors.cpu) {
    usage.supervisors_cpu["main"] = *main;
    usage.supervisors_cpu["io"] = std::max(Duration{}, *usage.supervisors.cpu - *main);
  }
  const auto folder = "/proc/" + std::to_string(pid);
  usage.sandbox.memory = guest_memory_in(file_text(folder + "/smaps"), guest_memory);
  if (whole.memory && usage.sandbox.memory && whole.memory->count > usage.sandbox.memory->count) {
    usage.supervisors.memory = Bytes{whole.memory->count - usage.sandbox.memory->count};
  }
  for (const auto helper : helpers) {
    const auto more = usage_of_process(helper);
    if (more.cpu && usage.supervisors.cpu) *usage.supervisors.cpu += *more.cpu;
    if (more.memory && usage.supervisors.memory) {
      usage.supervisors.memory->count += more.memory->count;
    }
  }
  return usage;
}

}  // namespace strata::drivers
