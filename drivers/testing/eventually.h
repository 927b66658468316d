#pragma once

#include <chrono>
#include <thread>

namespace strata::drivers::testing {

/// Looks until `condition` holds, for half a minute at most; for what another process or thread
/// does without telling. Returns whether it holds.
template <typename Condition>
bool eventually(Condition condition) {
  constexpr auto kLimit = std::chrono::seconds(30);
  constexpr auto kLook = std::chrono::milliseconds(10);
  const auto end = std::chrono::steady_clock::now() + kLimit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace strata::drivers::testing
