#include "bench/hook.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "bench/duration_text.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::bench {
namespace {

/// Whether the process ended in time.
bool ends_within(pid_t child, Duration limit) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (handle.get() < 0) throw system_error("wait for a command", errno);
  const auto deadline = Deadline::after(monotonic_clock(), limit);
  for (;;) {
    pollfd waiting{handle.get(), POLLIN, 0};
    const auto ready = ::poll(&waiting, 1, deadline.poll_milliseconds());
    if (ready > 0) return true;
    if (ready == 0 && deadline.expired()) return false;
    if (ready < 0 && errno != EINTR) throw system_error("wait for a command", errno);
  }
}

}  // namespace

void run_hook(const std::vector<std::string>& words, const std::filesystem::path& input,
              Duration limit) {
  const auto tried = fmt::format("run {}", fmt::join(words, " "));
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = -1;
  const int error =
      ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw system_error(tried, error, "is it installed, and executable?");
  bool in_time = false;
  try {
    in_time = ends_within(child, limit);
  } catch (...) {
    ::kill(-child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw;
  }
  if (!in_time) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    throw Error(tried, fmt::format("it did not end within {}", format_duration(limit)),
                "it was killed");
  }
  if (WIFSIGNALED(status)) {
    throw Error(tried, fmt::format("it was ended by signal {}", WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    throw Error(tried, fmt::format("it exited with code {}", WEXITSTATUS(status)));
  }
}

}  // namespace strata::bench
