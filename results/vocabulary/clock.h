#pragma once

#include <algorithm>
#include <chrono>

#include "results/vocabulary/cancellation.h"

namespace strata {

using Duration = std::chrono::nanoseconds;

/// A moment on the host's CLOCK_MONOTONIC. Moments taken inside an instance are never of this type.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Where time comes from. A parameter wherever time matters, so that tests can set it.
/// Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Returns once now() >= until; at once if that is so already.
  virtual void sleep_until(TimePoint until) = 0;
};

/// The host's CLOCK_MONOTONIC. One object, alive for the whole program.
Clock& monotonic_clock();

/// A moment by which something has to be done. A value; copy it down the call chain.
/// The clock, and the cancellation if it has one, must outlive it.
class Deadline {
 public:
  Deadline(const Clock& clock, TimePoint at) : clock_(&clock), at_(at) {}

  static Deadline after(const Clock& clock, Duration from_now) {
    return {clock, clock.now() + from_now};
  }

  [[nodiscard]] TimePoint at() const { return at_; }
  [[nodiscard]] const Clock& clock() const { return *clock_; }
  /// The same, which also expires as soon as `cancellation` is requested with that urgency.
  [[nodiscard]] Deadline cancelled_by(const Cancellation& cancellation,
                                      Urgency at_least = Urgency::kNow) const {
    Deadline other = *this;
    other.cancellation_ = &cancellation;
    other.urgency_ = at_least;
    return other;
  }
  /// What may bring it forward; null: nothing.
  [[nodiscard]] const Cancellation* cancellation() const { return cancellation_; }
  [[nodiscard]] bool cancelled() const {
    return cancellation_ != nullptr && cancellation_->is_requested(urgency_);
  }
  /// Readable, for poll(2), once it has been cancelled; -1: it can't be.
  [[nodiscard]] int cancellation_fd() const {
    return cancellation_ == nullptr ? -1 : cancellation_->fd(urgency_);
  }
  [[nodiscard]] bool expired() const { return cancelled() || clock_->now() >= at_; }
  /// What is left, never negative.
  [[nodiscard]] Duration remaining() const {
    if (cancelled()) return Duration::zero();
    const auto left = at_ - clock_->now();
    return left > Duration::zero() ? left : Duration::zero();
  }
  /// What is left for poll(2): milliseconds rounded up, so that a wait never ends early; at most a
  /// day.
  [[nodiscard]] int poll_milliseconds() const;
  /// This deadline or `from_now` from now, whichever comes first.
  [[nodiscard]] Deadline at_most(Duration from_now) const {
    Deadline other = *this;
    other.at_ = std::min(at_, clock_->now() + from_now);
    return other;
  }
  /// This deadline or `from_now` from now, whichever comes last; never cancelled.
  [[nodiscard]] Deadline at_least(Duration from_now) const {
    const auto other = clock_->now() + from_now;
    return {*clock_, other > at_ ? other : at_};
  }

 private:
  const Clock* clock_;
  TimePoint at_;
  const Cancellation* cancellation_ = nullptr;
  Urgency urgency_ = Urgency::kNow;
};

}  // namespace strata
