#pragma once

#include "results/vocabulary/clock.h"

namespace strata {

/// A clock for tests: stands still until it is told otherwise; whoever sleeps on it moves it on.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  void sleep_until(TimePoint until) override {
    if (until > now_) now_ = until;
  }
  void advance(Duration by) { now_ += by; }
  void set(TimePoint now) { now_ = now; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

}  // namespace strata
