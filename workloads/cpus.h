#pragma once

#include <sched.h>

#include <vector>

namespace strata::workloads {

/// The CPUs this thread may run on, in order; never empty. (What sysconf says ignores cpusets.)
inline std::vector<int> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

/// Keeps this thread, and the processes and threads it starts from now on, on one CPU; the old set
/// comes back on destruction. A round trip between two processes is several times quicker or slower
/// by where the scheduler happens to put them: on one CPU it is two context switches, every time.
class OnOneCpu {
 public:
  OnOneCpu() : OnOneCpu(usable_cpus().front()) {}
  explicit OnOneCpu(int cpu) {
    CPU_ZERO(&before_);
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    pinned_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;
  ~OnOneCpu() {
    if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  cpu_set_t before_{};
  bool pinned_ = false;
};

}  // namespace strata::workloads
