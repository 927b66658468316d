#include "results/capture.h"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

namespace strata::results {
namespace {

namespace fs = std::filesystem;

/// Reads facts from a tree of files into a map; a file that is not there adds none.
class Capture {
 public:
  explicit Capture(const fs::path& root) : root_(root) {}

  Environment environment;

  [[nodiscard]] std::string content(const std::string& path) const {
    std::ifstream file(at(path), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    auto result = text.str();
    while (!result.empty() &&
           (result.back() == '\n' || result.back() == '\0' || result.back() == ' ')) {
      result.pop_back();
    }
    return result;
  }
  void set(const std::string& name, const std::string& value) {
    if (!value.empty()) environment.facts[name] = value;
  }
  void set_from(const std::string& name, const std::string& path) { set(name, content(path)); }
  [[nodiscard]] fs::path at(const std::string& path) const {
    return root_ / fs::path(path).relative_path();
  }
  [[nodiscard]] std::vector<fs::path> entries(const std::string& path) const {
    std::vector<fs::path> list;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(at(path), error)) list.push_back(entry.path());
    std::sort(list.begin(), list.end());
    return list;
  }

 private:
  fs::path root_;
};

/// The value behind "name : value" of the first line of that name.
std::string field(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(name)) continue;
    if (line.find_first_not_of(" \t", name.size()) != colon) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

/// "0-2,5" as a number of CPUs.
std::size_t cpus_in(const std::string& list) {
  std::size_t count = 0;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream range(part);
    unsigned first = 0;
    unsigned last = 0;
    char dash = 0;
    if (!(range >> first)) continue;
    count += range >> dash >> last && last >= first ? last - first + 1 : 1;
  }
  return count;
}

void capture_cpu(Capture& capture) {
  const auto cpuinfo = capture.content("/proc/cpuinfo");
  capture.set("cpu.model", field(cpuinfo, "model name"));
  capture.set("cpu.part", field(cpuinfo, "CPU part"));  // ARM has no model name
  capture.set("cpu.microcode", field(cpuinfo, "microcode"));
  capture.set("cpu.mhz", field(cpuinfo, "cpu MHz"));
  const auto online = capture.content("/sys/devices/system/cpu/online");
  if (!online.empty()) capture.set("cpu.online", fmt::format("{}", cpus_in(online)));
  capture.set_from("cpu.isolated", "/sys/devices/system/cpu/isolated");
  capture.set_from("cpu.smt", "/sys/devices/system/cpu/smt/control");
  std::set<std::string> governors;
  for (const auto& policy : capture.entries("/sys/devices/system/cpu/cpufreq")) {
    std::ifstream file(policy / "scaling_governor");
    std::string governor;
    if (file >> governor) governors.insert(governor);
  }
  capture.set("cpu.governor", fmt::format("{}", fmt::join(governors, ",")));
  const auto no_turbo = capture.content("/sys/devices/system/cpu/intel_pstate/no_turbo");
  const auto boost = capture.content("/sys/devices/system/cpu/cpufreq/boost");
  if (!no_turbo.empty()) capture.set("cpu.turbo", no_turbo == "0" ? "on" : "off");
  if (!boost.empty()) capture.set("cpu.turbo", boost == "1" ? "on" : "off");
  int number = 0;
  for (const auto& index : capture.entries("/sys/devices/system/cpu/cpu0/cache")) {
    if (!index.filename().string().starts_with("index")) continue;
    const auto read = [&](const char* name) {
      std::ifstream file(index / name);
      std::string value;
      file >> value;
      return value;
    };
    const auto name = fmt::format("cache.{}.", number++);
    capture.set(name + "type", read("type"));
    capture.set(name + "level", read("level"));
    auto size = read("size");
    if (size.ends_with('K')) {
      size = fmt::format("{}", std::atoll(size.c_str()) * 1024);
    } else if (size.ends_with('M')) {
      size = fmt::format("{}", std::atoll(size.c_str()) * 1024 * 1024);
    }
    capture.set(name + "size", size);
    const auto shared = read("shared_cpu_list");
    if (!shared.empty()) capture.set(name + "sharing", fmt::format("{}", cpus_in(shared)));
  }
  for (const auto& entry : capture.entries("/sys/devices/system/cpu/vulnerabilities")) {
    const auto name = entry.filename().string();
    capture.set_from("mitigations." + name, "/sys/devices/system/cpu/vulnerabilities/" + name);
  }
  if (field(cpuinfo, "flags").find("hypervisor") != std::string::npos) {
    auto product = capture.content("/sys/class/dmi/id/product_name");
    if (product.empty()) product = capture.content("/sys/hypervisor/type");
    capture.set("host.virtualized", product.empty() ? "yes" : "yes: " + product);
  } else if (!cpuinfo.empty() && cpuinfo.find("flags") != std::string::npos) {
    capture.set("host.virtualized", "no");
  }
}

/// The words of a boot's command line that are the kernel's: what follows "--", and which program
/// is the first, is no business of a result that may be published.
std::string kernels_own(const std::string& command_line) {
  std::istringstream words(command_line);
  std::string own;
  for (std::string word; words >> word && word != "--";) {
    if (word.starts_with("init=") || word.starts_with("rdinit=")) continue;
    own += (own.empty() ? "" : " ") + word;
  }
  return own;
}

void capture_kernel(Capture& capture) {
  capture.set_from("host.name", "/proc/sys/kernel/hostname");
  utsname system{};
  if (::uname(&system) == 0) capture.set("cpu.architecture", system.machine);
  capture.set_from("kernel.release", "/proc/sys/kernel/osrelease");
  capture.set_from("kernel.version", "/proc/sys/kernel/version");
  capture.set("kernel.command_line", kernels_own(capture.content("/proc/cmdline")));
  capture.set_from("kernel.aslr", "/proc/sys/kernel/randomize_va_space");
  capture.set_from("kernel.clock_source",
                   "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  capture.set_from("kernel.transparent_huge_pages", "/sys/kernel/mm/transparent_hugepage/enabled");
  capture.set("os.name", field(
                             [&] {
                               auto text = capture.content("/etc/os-release");
                               std::replace(text.begin(), text.end(), '=', ':');
                               return text;
                             }(),
                             "PRETTY_NAME"));
  const auto mounts = capture.content("/proc/self/mountinfo");
  const bool v1 = mounts.find(" - cgroup ") != std::string::npos;
  const bool v2 = mounts.find(" - cgroup2 ") != std::string::npos;
  capture.set("cgroup.version", v1 && v2 ? "1 and 2" : v1 ? "1" : v2 ? "2" : "");
}

void capture_memory(Capture& capture) {
  const auto meminfo = capture.content("/proc/meminfo");
  for (const auto& [fact, name] : {std::pair{"memory.total_bytes", "MemTotal"},
                                   {"memory.available_bytes", "MemAvailable"},
                                   {"memory.swap_bytes", "SwapTotal"}}) {
    const auto value = field(meminfo, name);
    if (!value.empty()) capture.set(fact, fmt::format("{}", std::atoll(value.c_str()) * 1024));
  }
}

/// What changes from minute to minute; not part of the class.
void capture_load(Capture& capture) {
  const auto load = capture.content("/proc/loadavg");
  capture.set("load.1m", load.substr(0, load.find(' ')));
  for (const char* const resource : {"cpu", "memory", "io"}) {
    const auto pressure = capture.content(fmt::format("/proc/pressure/{}", resource));
    const auto at = pressure.find("some avg10=");
    if (at == std::string::npos) continue;
    const auto begin = at + 11;
    capture.set(fmt::format("pressure.{}.some_avg10_percent", resource),
                pressure.substr(begin, pressure.find(' ', begin) - begin));
  }
  // proc(5), first line of stat: user nice system idle iowait irq softirq steal …
  std::istringstream words(capture.content("/proc/stat"));
  std::string name;
  words >> name;
  std::array<double, 8> ticks{};
  double total = 0;
  for (auto& tick : ticks) {
    if (!(words >> tick)) return;
    total += tick;
  }
  if (name == "cpu" && total > 0) {
    capture.set("load.steal_percent", fmt::format("{:.3f}", ticks[7] / total * 100));
  }
}

/// The mount that holds `folder`: the longest mount point that is a beginning of its path.
void capture_scratch(Capture& capture, const fs::path& folder) {
  std::istringstream lines(capture.content("/proc/self/mountinfo"));
  std::string best;
  for (std::string line; std::getline(lines, line);) {
    // proc(5): id parent device root mountpoint options optional… - type source superoptions
    std::istringstream words(line);
    std::string skipped;
    std::string point;
    std::string options;
    words >> skipped >> skipped >> skipped >> skipped >> point >> options;
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream tail(line.substr(dash + 3));
    std::string type;
    std::string source;
    tail >> type >> source;
    const auto inside =
        point == "/" || folder.string() == point || folder.string().starts_with(point + "/");
    if (!inside || point.size() < best.size()) continue;
    best = point;
    capture.set("scratch.file_system", type);
    capture.set("scratch.device", source);
    capture.set("scratch.mount_options", options);
  }
}

void capture_build(Capture& capture) {
  capture.set("build.compiler", STRATA_COMPILER);
  capture.set("build.flags", STRATA_FLAGS);
  capture.set("build.type", STRATA_BUILD_TYPE);
  capture.set("build.revision", STRATA_REVISION);
  // Debian's libbenchmark is built without NDEBUG and therefore calls itself a debug build in every
  // program's context. It is the optimised library; what it times is compiled with our flags.
  capture.set("build.benchmark_library",
              "Google Benchmark " STRATA_BENCHMARK_VERSION
              ", Debian's build, which reports library_build_type debug");
}

std::string digest_of_class(const Environment& environment) {
  std::string text;
  for (const auto& [name, value] : environment.facts) {
    if (belongs_to_class(name)) text += fmt::format("{}={}\n", name, value);
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::size_t kShown = 8;
  std::string hex;
  for (std::size_t i = 0; i < kShown; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

bool belongs_to_class(std::string_view fact) {
  constexpr std::array<std::string_view, 8> kPassing{
      "load.",  "pressure.", "memory.available_bytes", "cpu.mhz", "scratch.mount_options",
      "build.", "host.name", "kernel.version"};
  return std::none_of(kPassing.begin(), kPassing.end(),
                      [&](std::string_view beginning) { return fact.starts_with(beginning); });
}

Environment capture_environment(const fs::path& scratch, const fs::path& root) {
  Capture capture(root);
  capture_cpu(capture);
  capture_kernel(capture);
  capture_memory(capture);
  capture_load(capture);
  capture_scratch(capture, scratch);
  capture_build(capture);
  capture.environment.environment_class = digest_of_class(capture.environment);
  return std::move(capture.environment);
}

}  // namespace strata::results
