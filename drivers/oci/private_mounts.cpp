#include "drivers/oci/private_mounts.h"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// What the new process needs between clone and exec; it shares our memory until then.
struct Launch {
  const PrivateMounts* mounts;
  const ProgramStart* start;
  char* const* argv;
  char* const* envp;
  int error = 0;          ///< out: errno, if it could not become the program
  const char* step = "";  ///< out: what failed
};

/// Runs in the new process, on a stack of its own but in our memory: nothing but system calls.
int become_program(void* argument) {
  auto& launch = *static_cast<Launch*>(argument);
  const auto fail = [&](const char* step) {
    launch.error = errno;
    launch.step = step;
    ::_exit(127);
  };
  const auto& mounts = *launch.mounts;
  ::setsid();
  if (::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    fail("keep its mounts to itself");
  }
  if (!mounts.hidden_cgroups.empty() && ::umount2(mounts.hidden_cgroups.c_str(), MNT_DETACH) != 0) {
    fail("hide the second hierarchy of cgroups from it");
  }
  if (!mounts.overlay_target.empty() && ::mount("overlay", mounts.overlay_target.c_str(), "overlay",
                                                0, mounts.overlay_options.c_str()) != 0) {
    fail("mount its root, an overlay");
  }
  int target = 0;
  for (const int fd : launch.start->descriptors) {
    if (::dup2(fd, target++) < 0) fail("connect its input and output");
  }
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    ::sigaction(number, &plain, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.argv[0], launch.argv, launch.envp);
  fail("execute it");
  return 127;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  // execve does not change what it is given; its type is older than const.
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// No handler of ours may run in the new process while it is in our memory.
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;
  ~SignalsHeldBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

pid_t start_with_mounts(const ProgramStart& start, const PrivateMounts& mounts) {
  const auto argv = pointers_to(start.words);
  const auto envp = pointers_to(start.environment);
  Launch launch{&mounts, &start, argv.data(), envp.data()};
  constexpr std::size_t kStack = 64UL * 1024;
  alignas(16) std::array<char, kStack> stack;
  pid_t pid = -1;
  {
    const SignalsHeldBack held_back;
    pid = ::clone(become_program, stack.data() + stack.size(),
                  CLONE_VM | CLONE_VFORK | CLONE_NEWNS | SIGCHLD, &launch);
    if (pid < 0) {
      launch.error = errno;
      launch.step = "make a process with mounts of its own";
    }
  }
  if (launch.error == 0) return pid;
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  throw system_error(fmt::format("start {}: {}", start.words.front(), launch.step), launch.error,
                     launch.error == EPERM ? "run as root (sudo)" : "");
}

std::string overlay_escaped(const std::string& folder) {
  std::string text;
  for (const char c : folder) {
    if (c == '\\' || c == ':' || c == ',') text += '\\';
    text += c;
  }
  return text;
}

std::string second_cgroup_hierarchy() {
  constexpr auto kUnified = "/sys/fs/cgroup/unified";
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(kUnified) / "cgroup.procs", error) ? kUnified
                                                                                          : "";
}

}  // namespace strata::drivers
