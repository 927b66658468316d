#pragma once

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
  explicit Child(const Body& body) : pid_(::fork()) {
    if (pid_ == 0) {
      body();
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
