#include "drivers/child_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <chrono>
#include <exception>

#include "drivers/fd_stream.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

void check(int error) {
  if (error != 0) throw system_error("set posix_spawn up", error);
}

struct Attributes {
  Attributes() {
    check(::posix_spawnattr_init(&value));
    // A session of its own: Ctrl-C at the terminal must not end the trial in hand.
    check(::posix_spawnattr_setflags(
        &value, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    sigset_t signals;
    sigemptyset(&signals);
    check(::posix_spawnattr_setsigmask(&value, &signals));
    sigfillset(&signals);
    check(::posix_spawnattr_setsigdefault(&value, &signals));
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&value); }
  posix_spawnattr_t value{};
};

struct FileActions {
  explicit FileActions(const std::array<int, 3>& descriptors) {
    check(::posix_spawn_file_actions_init(&value));
    int target = 0;
    for (const int fd : descriptors) {
      check(::posix_spawn_file_actions_adddup2(&value, fd, target++));
    }
  }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
  posix_spawn_file_actions_t value{};
};

/// Moves this thread to `cpus` for as long as it lives: a child begins where its maker may run, so
/// that none of its instructions runs elsewhere.
class Pinned {
 public:
  explicit Pinned(const std::vector<std::uint32_t>& cpus) : is_pinned_(!cpus.empty()) {
    if (!is_pinned_) return;
    const auto tried = fmt::format("run on CPU {}", fmt::join(cpus, ","));
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) throw system_error(tried, errno);
    cpu_set_t wanted;
    CPU_ZERO(&wanted);
    for (const auto cpu : cpus) {
      if (cpu >= CPU_SETSIZE) throw UsageError(tried, fmt::format("there is no CPU {}", cpu));
      CPU_SET(cpu, &wanted);
    }
    cpu_set_t got;
    if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0 ||
        ::sched_getaffinity(0, sizeof got, &got) != 0) {
      throw UsageError(tried, fmt::format("the kernel says: {}", ::strerrordesc_np(errno)),
                       "`nproc` says how many there are; they count from 0");
    }
    // The kernel drops those it does not have, without a word.
    if (!CPU_EQUAL(&wanted, &got)) {
      restore();
      throw UsageError(tried, "this process may not run on all of them",
                       "`taskset -cp $$` says on which it may");
    }
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { restore(); }

 private:
  void restore() const {
    if (is_pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
  }
  bool is_pinned_;
  cpu_set_t before_{};
};

}  // namespace

ChildProcess::ChildProcess(const ChildRequest& request) {
  const Attributes attributes;
  const FileActions actions(request.descriptors);
  auto name = request.program;
  auto environment = request.environment;
  const std::array<char*, 2> argv{name.data(), nullptr};
  std::vector<char*> envp;
  envp.reserve(environment.size() + 1);
  for (auto& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  const Pinned pinned(request.cpus);
  const int error = ::posix_spawn(&pid_, name.c_str(), &actions.value, &attributes.value,
                                  argv.data(), envp.data());
  if (error != 0) throw system_error(fmt::format("start {}", name), error);
}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  kill();
  try {
    constexpr auto kLongest = std::chrono::seconds(2);
    if (wait(Deadline::after(monotonic_clock(), kLongest))) reap();
  } catch (const std::exception&) {
    // Nothing more can be done: it has been killed, and the kernel will not say when it is gone.
  }
}

std::optional<ProcessEnd> ChildProcess::wait(Deadline deadline) const {
  const auto tried = fmt::format("wait for the end of process {}", pid_);
  const UniqueFd pidfd(::pidfd_open(pid_, 0));
  if (!pidfd) throw system_error(tried, errno);
  try {
    wait_for(pidfd.get(), POLLIN, deadline, tried);
  } catch (const DeadlineExceeded&) {
    return std::nullopt;
  }
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    throw system_error(tried, errno);
  }
  return ProcessEnd{info.si_code == CLD_EXITED, info.si_status};
}

void ChildProcess::kill() const noexcept {
  if (!reaped_) ::kill(pid_, SIGKILL);
}

void ChildProcess::reap() noexcept {
  if (!reaped_) reaped_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
}

std::string describe(const ProcessEnd& end) {
  if (end.exited) return fmt::format("it exited with code {}", end.number);
  const char* const name = ::sigabbrev_np(end.number);
  return fmt::format("it was ended by signal {} ({})", end.number, name != nullptr ? name : "?");
}

}  // namespace strata::drivers
