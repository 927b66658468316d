#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "results/capture.h"

namespace strata::results {
namespace {

using Severity = Disturbance::Severity;

class Finder {
 public:
  explicit Finder(const Environment& environment) : facts_(environment.facts) {}

  std::vector<Disturbance> found;

  void look_at_frequency() {
    if (const auto governor = text("cpu.governor"); governor && *governor != "performance") {
      warn(fmt::format("CPU frequency governor is {}", *governor),
           "the clock follows the load, so that short trials run slower than long ones",
           "cpupower frequency-set -g performance");
    } else if (!governor) {
      note("the CPU frequency governor can't be seen",
           "as in most virtual machines: whether the clock is steady is unknown, not assured");
    }
    if (text("cpu.turbo") == "on") {
      note("turbo is on", "the clock depends on heat and on what the other cores do",
           "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > "
           "/sys/devices/system/cpu/cpufreq/boost");
    }
  }

  void look_at_sharing() {
    if (text("cpu.smt") == "on") {
      note("SMT is on", "two trials' threads may share a core, and a neighbour slows a trial",
           "echo off > /sys/devices/system/cpu/smt/control");
    }
    if (const auto virtualized = text("host.virtualized"); virtualized && *virtualized != "no") {
      note(fmt::format("this host is a virtual machine ({})", *virtualized),
           "other guests share its hardware; compare within a run, not across hosts");
    }
    if (const auto steal = number("load.steal_percent")) {
      // The bounds of statistics of steal since boot: quiet, moderate, noisy.
      constexpr double kModerate = 1;
      constexpr double kNoisy = 5;
      if (*steal > kNoisy) {
        warn(fmt::format("{:.1f} % of the CPU time was stolen by other guests", *steal),
             "intervals will be wide and may shift between runs", "use a dedicated host");
      } else if (*steal > kModerate) {
        note(fmt::format("{:.1f} % of the CPU time was stolen by other guests", *steal),
             "a part of the spread is not the program's");
      }
    } else {
      note("steal time can't be seen", "whether other guests took CPU time is unknown");
    }
  }

  void look_at_load() {
    const auto load = number("load.1m");
    const auto cpus = number("cpu.online");
    if (load && cpus && *load > *cpus / 2) {
      warn(fmt::format("the load is {:.2f} on {:.0f} CPUs", *load, *cpus),
           "something else is running and takes its share of every trial", "see top, and end it");
    }
    for (const char* const resource : {"cpu", "memory", "io"}) {
      const auto pressure = number(fmt::format("pressure.{}.some_avg10_percent", resource));
      constexpr double kMuch = 10;
      if (pressure && *pressure > kMuch) {
        warn(fmt::format("tasks waited for {} {:.0f} % of the last ten seconds", resource,
                         *pressure),
             "trials will wait too", "end what presses, or wait");
      }
    }
    const auto available = number("memory.available_bytes");
    constexpr double kLittle = 1e9;
    if (available && *available < kLittle) {
      warn("less than 1 GB of memory is available", "large workloads may fail or swap",
           "free some");
    }
  }

  void look_at_kernel() {
    if (const auto source = text("kernel.clock_source");
        source && *source != "tsc" && *source != "kvm-clock" && *source != "arch_sys_counter") {
      warn(fmt::format("the clock source is {}", *source),
           "reading the time is a system call here: short intervals are wrong by microseconds",
           "boot with clocksource=tsc");
    }
    if (text("kernel.aslr") == "0") {
      note("address space randomisation is off",
           "layouts do not vary, so that one lucky layout looks like a difference",
           "sysctl kernel.randomize_va_space=2");
    }
    const auto mitigated = std::count_if(facts_.begin(), facts_.end(), [](const auto& fact) {
      return fact.first.starts_with("mitigations.") &&
             fact.second.find("Mitigation") != std::string::npos;
    });
    if (mitigated > 0) {
      note(fmt::format("{} CPU vulnerabilities are mitigated in software", mitigated),
           "system calls and context switches cost more than on a host without; that is how it "
           "will run");
    }
    if (const auto version = text("cgroup.version"); version == "1 and 2") {
      note("cgroup v1 and v2 are both mounted",
           "runtimes differ in which they use; limits may be read from either");
    } else if (!version) {
      warn("no cgroup is mounted", "containers can't be limited or accounted for",
           "mount -t cgroup2 none /sys/fs/cgroup");
    }
    if (text("scratch.file_system") == "tmpfs") {
      note("scratch files lie in memory (tmpfs)", "disk workloads do not reach a disk",
           "mount a disk at /var/tmp");
    }
  }

 private:
  std::optional<std::string> text(const std::string& name) const {
    const auto fact = facts_.find(name);
    return fact == facts_.end() ? std::nullopt : std::optional(fact->second);
  }
  std::optional<double> number(const std::string& name) const {
    const auto value = text(name);
    return value ? std::optional(std::atof(value->c_str())) : std::nullopt;
  }
  void warn(std::string what, std::string meaning, std::string remedy) {
    found.push_back({Severity::kWarning, std::move(what), std::move(meaning), std::move(remedy)});
  }
  void note(std::string what, std::string meaning, std::string remedy = {}) {
    found.push_back({Severity::kNote, std::move(what), std::move(meaning), std::move(remedy)});
  }

  const std::map<std::string, std::string>& facts_;
};

}  // namespace

std::vector<Disturbance> find_disturbances(const Environment& environment) {
  Finder finder(environment);
  finder.look_at_load();
  finder.look_at_sharing();
  finder.look_at_frequency();
  finder.look_at_kernel();
  std::stable_sort(finder.found.begin(), finder.found.end(), [](const auto& a, const auto& b) {
    return a.severity == Severity::kWarning && b.severity != Severity::kWarning;
  });
  return std::move(finder.found);
}

}  // namespace strata::results
