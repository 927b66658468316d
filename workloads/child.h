#pragma once

#include <sched.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace strata::workloads {

/// A forked copy of this process that runs `body` and ends; killed and waited for on destruction,
/// so that a workload leaves nothing behind however it ends.
class Child {
 public:
  template <typename Body>
  explicit Child(Body&& body) : pid_(::fork()) {
    if (pid_ == 0) {
      std::forward<Body>(body)();
      ::_exit(0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] bool started() const { return pid_ > 0; }

 private:
  pid_t pid_;
};

/// Keeps this process, and those it starts from now on, on the first CPU they may use; the old set
/// comes back on destruction. A round trip between two processes is several times quicker or slower
/// by where the scheduler happens to put them: on one CPU it is two context switches, every time.
class OnOneCpu {
 public:
  OnOneCpu() {
    CPU_ZERO(&before_);
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      pinned_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
      return;
    }
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

/// Reads exactly `size` bytes; false at the end of the stream or an error.
inline bool read_exactly(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const auto count = ::read(fd, data, size);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// Sends back what comes in pieces of kSize bytes, until the stream ends.
template <std::size_t kSize>
void echo(int from, int to) {
  char buffer[kSize];
  while (read_exactly(from, buffer, kSize) && ::write(to, buffer, kSize) == kSize) {
  }
}

}  // namespace strata::workloads
