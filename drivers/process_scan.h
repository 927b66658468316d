#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// A process of this host as /proc shows it.
struct FoundProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;  ///< in ticks since boot: tells it from a later one of its number
  std::string name;              ///< as ps shows it

  /// The value of a variable in its environment as it was when it started; nothing if it has none
  /// or may not be looked at. Read when asked for.
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
  /// What it was started with, its name first. Read when asked for.
  [[nodiscard]] std::vector<std::string> arguments() const;
};

/// Takes /proc/PID/stat apart. The name in it is the process's own choice and may look like the
/// rest. Nothing if it is a zombie's, or no such line.
std::optional<FoundProcess> parse_process_stat(std::string_view line);

/// Every process that is alive, apart from this one, in no order.
std::vector<FoundProcess> live_processes();

/// Those of `processes` that descend from `ancestor`.
std::vector<FoundProcess> descendants_of(pid_t ancestor,
                                         const std::vector<FoundProcess>& processes);

/// Kills the processes that `choose` picks from those alive, waits for their end, and looks again,
/// until it picks none or the deadline passes: what is being killed may just have forked. Returns
/// those that were killed.
std::vector<FoundProcess> kill_processes(
    const std::function<std::vector<FoundProcess>(std::vector<FoundProcess>)>& choose,
    Deadline deadline);

}  // namespace strata::drivers
