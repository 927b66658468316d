#include "plots/program_answer.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "results/output_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

extern char** environ;

namespace strata::plots {
namespace {

/// Files in memory carry what goes in and comes out: nothing can block on a full pipe.
UniqueFd memory_file(const std::string& content) {
  UniqueFd fd(::memfd_create("strata-plots", MFD_CLOEXEC));
  if (!fd) throw system_error("make a file in memory", errno);
  std::size_t written = 0;
  if (const int failed = results::write_fully(fd.get(), content, written); failed != 0) {
    throw system_error("write a file in memory", failed);
  }
  if (::lseek(fd.get(), 0, SEEK_SET) < 0) throw system_error("rewind a file in memory", errno);
  return fd;
}

std::string content_of(const UniqueFd& fd) {
  std::string content;
  std::array<char, 1UL << 16U> piece{};
  for (off_t at = 0;;) {
    const auto got = ::pread(fd.get(), piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

/// Owns a child: whatever happens, it is gone and reaped.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  /// Its wait status, or -1 if it has not ended in time.
  int wait(std::chrono::seconds limit) {
    constexpr auto kLook = std::chrono::milliseconds(5);
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
      int status = 0;
      const auto ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended < 0 && errno != EINTR) throw system_error("wait for a program", errno);
      if (ended == pid_) {
        pid_ = -1;
        return status;
      }
      if (std::chrono::steady_clock::now() >= end) return -1;
      std::this_thread::sleep_for(kLook);
    }
  }

 private:
  pid_t pid_;
};

}  // namespace

ProgramAnswer run_program(const std::vector<std::string>& words, const std::string& input,
                          std::chrono::seconds limit, const std::string& remedy) {
  const auto in = memory_file(input);
  const auto out = memory_file({});
  const auto err = memory_file({});
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failed =
      ::posix_spawnp(&pid, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw system_error("run " + words.front(), failed, remedy);
  const int status = Child(pid).wait(limit);
  if (status == -1) {
    throw Error("run " + words.front(),
                "it was not done after " + std::to_string(limit.count()) + " s",
                "run it by hand, or take -o x.json");
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(out),
          content_of(err)};
}

}  // namespace strata::plots
