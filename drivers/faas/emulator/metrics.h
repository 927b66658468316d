#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "drivers/faas/emulator/report.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

/// What is counted of one function. Not thread-safe.
struct FunctionMetrics {
  /// Upper bounds of the histogram of durations, in seconds; the last, +Inf, is not among them.
  static constexpr std::array kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                      0.025,  0.05,    0.1,    0.25,  0.5,    1.0,   2.5,
                                      5.0,    10.0,    30.0,   60.0,  300.0,  900.0};

  std::uint64_t invocations = 0;  ///< that a sandbox took
  std::uint64_t errors = 0;       ///< of these, that ended with a function error
  std::uint64_t timeouts = 0;     ///< of the errors, for want of time
  std::uint64_t throttles = 0;
  std::uint64_t cold_starts = 0;
  double init_seconds = 0;  ///< sum, of the cold starts
  double duration_seconds = 0;
  double gb_seconds = 0;
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};  ///< not cumulative

  void add(const Report& report, bool failed);
};

/// What holds at one moment.
struct PlatformGauges {
  std::uint64_t sandboxes = 0;
  std::uint64_t idle = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t limit = 0;
  std::uint64_t queued_events = 0;
  std::uint64_t started = 0;  ///< sandboxes since the beginning
  std::uint64_t failed_starts = 0;
};

/// The OpenMetrics text, which ends with "# EOF".
std::string openmetrics(const std::map<std::string, FunctionMetrics>& functions,
                        const PlatformGauges& gauges);

}  // namespace strata::drivers::faas::emulator
