#pragma once

#include <atomic>

#include "results/vocabulary/clock.h"

namespace strata {

/// A clock for tests: stands still until it is told otherwise; whoever sleeps on it moves it on.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint(Duration(now_.load())); }
  void sleep_until(TimePoint until) override {
    const auto wanted = until.time_since_epoch().count();
    for (auto now = now_.load(); now < wanted && !now_.compare_exchange_weak(now, wanted);) {
    }
  }
  void advance(Duration by) { now_ += by.count(); }
  void set(TimePoint now) { now_ = now.time_since_epoch().count(); }

 private:
  std::atomic<Duration::rep> now_{Duration(std::chrono::hours(1)).count()};
};

}  // namespace strata
