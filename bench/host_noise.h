#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// Counters of the whole host at one moment; what can't be read is absent.
struct HostSample {
  TimePoint at;
  std::optional<std::uint64_t> ticks;         ///< of all CPUs in all states, since boot
  std::optional<std::uint64_t> stolen_ticks;  ///< of those, that a hypervisor gave to others
  std::optional<std::uint64_t> context_switches;
  std::optional<Duration> waited_for_cpu;  ///< time in which some task waited for a CPU
  std::optional<double> megahertz;         ///< mean clock of the CPUs
};

/// Takes about 0.1 ms; to be called outside what is measured. `root` is "/" but in tests.
HostSample sample_host(const Clock& clock, const std::filesystem::path& root = "/");

/// What went on between two samples, as metrics of the trial between them: see
/// results/vocabulary/disturbance_metrics.h. Marks the trial if more than 1 % of the CPU time was
/// stolen or the clock changed by more than 5 %. Waiting for a CPU and context switches are
/// recorded without a mark: the trial's own program causes them too.
void add_host_noise(const HostSample& before, const HostSample& after, Trial& trial);

}  // namespace strata::bench
