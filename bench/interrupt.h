#pragma once

namespace strata::bench {

/// Turns SIGINT and SIGTERM into a wish to stop: the first lets the trial in hand finish, the
/// second ends the program at once with status 130. One object at a time; restores the handlers on
/// destruction.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  /// The signal that came, or 0.
  [[nodiscard]] static int received() noexcept;
};

}  // namespace strata::bench
