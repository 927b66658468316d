#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::testing {

/// A driver for tests that "takes" the time it is told on a ManualClock and starts nothing, so that
/// plans and runners are tested in microseconds with exact numbers. What it is told may change
/// between starts. Threads that use it at the same time take their turns, each turn taking its
/// time.
class FakeDriver final : public Driver {
 public:
  explicit FakeDriver(ManualClock& clock) : clock_(clock) {}

  // What it does; public, as a script is.
  Duration startup = std::chrono::milliseconds(1);    ///< requested to ready
  Duration job_time = std::chrono::milliseconds(10);  ///< how long a job takes
  Duration stop_time = std::chrono::milliseconds(1);
  std::function<Outcome(const Job&)> answer;  ///< what a job's outcome is; may throw
  /// Which jobs go on beside others' and leave the clock to those; empty: none.
  std::function<bool(const Job&)> is_beside;
  std::function<void()> on_start;  ///< called by each start; may throw
  std::function<void()> on_stop;   ///< called by each stop; may throw
  Availability availability = Ready{};
  std::function<Usage()> use;  ///< what an instance uses; empty: nothing that can be read

  // What was done with it.
  std::vector<Job> jobs;
  std::vector<Limits> limits;  ///< of each start
  std::size_t started = 0;
  std::size_t alive = 0;  ///< instances not yet destroyed
  std::size_t most_alive = 0;

  Availability probe(Deadline deadline) override;
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;
  /// A driver for a further thread, which does everything through this one.
  std::unique_ptr<Driver> further();

 private:
  class FakeInstance;
  ManualClock& clock_;
  std::mutex turn_;
};

/// An outcome of a program that exited with 0 and printed `output`.
Outcome good_outcome(std::string output);

}  // namespace strata::drivers::testing
