#pragma once

#include <sys/types.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace strata::workloads::testing {

/// The real strata-workloads of this build as a child process, killed with the object. What it
/// prints goes into a file in memory.
class WorkloadProcess {
 public:
  /// `before_exec`: what the child does to itself first: limits, mounts, filters.
  explicit WorkloadProcess(const std::vector<std::string>& arguments,
                           const std::function<void()>& before_exec = {});
  WorkloadProcess(const WorkloadProcess&) = delete;
  WorkloadProcess& operator=(const WorkloadProcess&) = delete;
  ~WorkloadProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void kill();
  /// Waits for its end, for two minutes at most; its exit code, 128 + signal, or -1.
  int wait();
  /// What it has printed so far, on stdout and stderr.
  [[nodiscard]] std::string output() const;
  /// Waits until it has printed `text`, for ten seconds at most; false if it did not.
  [[nodiscard]] bool await_output(const std::string& text) const;

 private:
  pid_t pid_ = -1;
  int file_ = -1;
};

/// Runs one workload and returns its entry in the JSON; one with "error_message" if it failed.
nlohmann::json run_workload(const std::string& name, const std::string& min_time = "0.001",
                            const std::function<void()>& before_exec = {});

}  // namespace strata::workloads::testing
