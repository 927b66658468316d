#pragma once

#include <chrono>
#include <cstddef>

#include "results/vocabulary/clock.h"

namespace strata::bench {

/// Longer than any start or stop of a target that works; a target that needs longer is broken.
inline constexpr auto kStartLimit = std::chrono::seconds(60);
inline constexpr auto kStopLimit = std::chrono::seconds(30);
/// The agent keeps the job's time limit; the host waits this much longer for its answer.
inline constexpr auto kAnswerGrace = std::chrono::seconds(10);

/// For the start (or stop) of so many instances at once, which share the host.
inline Duration limit_for(std::size_t instances, Duration limit_of_one) {
  constexpr auto kShare = std::chrono::seconds(2);
  return limit_of_one + instances * kShare;
}

}  // namespace strata::bench
