#pragma once

#include <atomic>
#include <cstdint>

#include "results/vocabulary/unique_fd.h"

namespace strata {

/// How an end is asked for: in an orderly way, or at once.
enum class Urgency : std::uint8_t { kNone, kOrderly, kNow };

/// One thread's way to end what another waits for: see Deadline::cancelled_by(). Can't be taken
/// back, only made more urgent. Thread-safe.
class Cancellation {
 public:
  /// Throws Error if there are no descriptors left.
  Cancellation();

  void request(Urgency urgency);
  [[nodiscard]] bool is_requested(Urgency at_least) const {
    return requested_.load(std::memory_order_acquire) >= at_least;
  }
  /// Readable, for poll(2), once that is so.
  [[nodiscard]] int fd(Urgency at_least) const {
    return at_least == Urgency::kNow ? now_.get() : orderly_.get();
  }

 private:
  std::atomic<Urgency> requested_{Urgency::kNone};
  UniqueFd orderly_;
  UniqueFd now_;
};

}  // namespace strata
