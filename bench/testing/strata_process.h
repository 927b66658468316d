#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace strata::bench::testing {

/// What a run of the real `strata` came to.
struct Finished {
  int exit_code = -1;  ///< 128 + signal if it was killed by one
  std::string output;
  std::string error_output;
};

/// The real `strata` of this build as a child process, with a cache of its own. Its runs are runs
/// of this host like any other, so tests that use it are not run side by side.
class StrataProcess {
 public:
  /// Starts it. `workspace` becomes XDG_CACHE_HOME and gets what it prints.
  StrataProcess(const std::vector<std::string>& arguments, const std::filesystem::path& workspace);
  StrataProcess(const StrataProcess&) = delete;
  StrataProcess& operator=(const StrataProcess&) = delete;
  ~StrataProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }
  /// What it has printed by now.
  [[nodiscard]] std::string output_so_far() const;
  /// Whether it has ended; wait() still tells how.
  [[nodiscard]] bool ended() const;
  /// Waits at most so long; killed then.
  Finished wait(std::chrono::milliseconds limit = std::chrono::minutes(2));

 private:
  pid_t pid_ = -1;
  std::filesystem::path output_;
  std::filesystem::path error_output_;
};

Finished run_strata(const std::vector<std::string>& arguments,
                    const std::filesystem::path& workspace);

/// A folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace strata::bench::testing
