#include "bench/host_noise.h"

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "results/vocabulary/disturbance_metrics.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void read_stat(const std::string& stat, HostSample& sample) {
  // proc(5): user nice system idle iowait irq softirq steal, of all CPUs together.
  std::istringstream words(stat);
  std::string name;
  words >> name;
  std::uint64_t total = 0;
  std::uint64_t ticks = 0;
  constexpr int kSteal = 7;
  for (int i = 0; i <= kSteal; ++i) {
    if (!(words >> ticks)) return;
    total += ticks;
  }
  if (name != "cpu") return;
  sample.ticks = total;
  sample.stolen_ticks = ticks;
  const auto at = stat.find("\nctxt ");
  std::uint64_t switches = 0;
  if (at != std::string::npos && std::istringstream(stat.substr(at + 6)) >> switches) {
    sample.context_switches = switches;
  }
}

std::optional<double> mean_megahertz(const fs::path& root) {
  double sum = 0;
  int count = 0;
  // cpufreq where the host has it, else what the CPU says of itself.
  for (int cpu = 0;; ++cpu) {
    std::ifstream file(root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) /
                       "cpufreq/scaling_cur_freq");
    double kilohertz = 0;
    if (!(file >> kilohertz)) break;
    sum += kilohertz / 1000;
    ++count;
  }
  if (count > 0) return sum / count;
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (!line.starts_with("cpu MHz") || colon == std::string::npos) continue;
    double megahertz = 0;
    if (!(std::istringstream(line.substr(colon + 2)) >> megahertz)) continue;
    sum += megahertz;
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

std::optional<Duration> waited_for_cpu(const std::string& pressure) {
  const auto at = pressure.find("total=");
  std::uint64_t microseconds = 0;
  if (!pressure.starts_with("some ") || at == std::string::npos ||
      !(std::istringstream(pressure.substr(at + 6)) >> microseconds)) {
    return std::nullopt;
  }
  return std::chrono::microseconds(microseconds);
}

}  // namespace

HostSample sample_host(const Clock& clock, const fs::path& root) {
  HostSample sample;
  read_stat(content(root / "proc/stat"), sample);
  sample.waited_for_cpu = waited_for_cpu(content(root / "proc/pressure/cpu"));
  sample.megahertz = mean_megahertz(root);
  sample.at = clock.now();
  return sample;
}

void add_host_noise(const HostSample& before, const HostSample& after, Trial& trial) {
  constexpr double kMuchSteal = 0.01;
  constexpr double kMuchFrequency = 0.05;
  const auto add = [&](std::string_view name, double value, const char* unit) {
    trial.metrics.push_back({std::string(name), value, unit, Better::kLower});
  };
  const auto seconds = std::chrono::duration<double>(after.at - before.at).count();
  int marks = 0;
  if (before.ticks && after.ticks && *after.ticks > *before.ticks &&
      *after.stolen_ticks >= *before.stolen_ticks) {
    const auto steal = static_cast<double>(*after.stolen_ticks - *before.stolen_ticks) /
                       static_cast<double>(*after.ticks - *before.ticks);
    add(kStealMetric, steal, "");
    marks += steal > kMuchSteal ? 1 : 0;
  }
  if (before.context_switches && after.context_switches && seconds > 0 &&
      *after.context_switches >= *before.context_switches) {
    add(kSwitchesMetric,
        static_cast<double>(*after.context_switches - *before.context_switches) / seconds, "1/s");
  }
  if (before.megahertz && after.megahertz && *before.megahertz > 0) {
    const auto change = std::abs(*after.megahertz / *before.megahertz - 1);
    add(kFrequencyMetric, change, "");
    marks += change > kMuchFrequency ? 1 : 0;
  }
  if (before.waited_for_cpu && after.waited_for_cpu && seconds > 0 &&
      *after.waited_for_cpu >= *before.waited_for_cpu) {
    add(kPressureMetric,
        std::chrono::duration<double>(*after.waited_for_cpu - *before.waited_for_cpu).count() /
            seconds,
        "");
  }
  if (before.ticks || before.megahertz) add(kDisturbedMetric, marks, "");
}

}  // namespace strata::bench
