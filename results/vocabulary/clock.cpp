#include "results/vocabulary/clock.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

namespace strata {
namespace {

class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  }
  void sleep_until(TimePoint until) override {
    const auto since_epoch = until.time_since_epoch();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
    const timespec at{.tv_sec = whole.count(), .tv_nsec = (since_epoch - whole).count()};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
  }
};

}  // namespace

Clock& monotonic_clock() {
  static MonotonicClock clock;
  return clock;
}

int Deadline::poll_milliseconds() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(remaining());
  return static_cast<int>(
      std::min<std::chrono::milliseconds>(left, std::chrono::hours(24)).count());
}

}  // namespace strata
