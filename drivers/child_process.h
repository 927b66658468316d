#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// What to start, and how.
struct ChildRequest {
  std::string program;                   ///< path; also its argv[0], and it gets no other argument
  std::vector<std::string> environment;  ///< "NAME=VALUE", the whole of it
  std::array<int, 3> descriptors{};      ///< its input, output and error output
  std::vector<std::uint32_t> cpus;       ///< CPUs it may run on; empty: those we may
};

/// How a process ended.
struct ProcessEnd {
  bool exited = false;  ///< true: `number` is its exit code; false: the signal that ended it
  int number = 0;
};

/// "it exited with code 1", "it was ended by signal 9 (KILL)".
std::string describe(const ProcessEnd& end);

/// Owns one child process: it does not outlive this object. In a session of its own, with all
/// signals at their defaults. Used from one thread.
///
/// Started by posix_spawn, which lends our memory instead of copying it: a start that is timed must
/// not depend on how large this process is.
class ChildProcess {
 public:
  /// Returns once the process exists and has become the program. Throws Error, also if the program
  /// can't be executed; UsageError for CPUs that there are not.
  explicit ChildProcess(const ChildRequest& request);
  /// Takes over a child that was started in another way.
  explicit ChildProcess(pid_t child) : pid_(child) {}
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills and reaps it, if that has not been done. One that does not even die of that (the kernel
  /// may be waiting for a disk in its name) is left behind after two seconds.
  ~ChildProcess();

  /// Its number: nobody else's until it has been reaped.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Waits for its end, without reaping it: nothing if it has not ended by the deadline. Throws
  /// Error.
  [[nodiscard]] std::optional<ProcessEnd> wait(Deadline deadline) const;
  void kill() const noexcept;
  /// Gives its number back, if it has ended.
  void reap() noexcept;
  [[nodiscard]] bool is_reaped() const { return reaped_; }

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
};

}  // namespace strata::drivers
