#include "drivers/kvm/owned_start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

/// What the new process needs between clone and exec; it shares our memory until then.
struct Launch {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const std::vector<UniqueFd>* descriptors = nullptr;
  const cpu_set_t* cpus = nullptr;  ///< null: those we may run on
  pid_t parent = 0;
  int error = 0;                    ///< out: errno, if it could not become the program
  const char* step = "execute it";  ///< out: what failed
};

/// Runs in the new process, on a stack of its own but in our memory: nothing but system calls.
int become_program(void* argument) {
  auto& launch = *static_cast<Launch*>(argument);
  const auto fail = [&](const char* step) {
    launch.error = errno;
    launch.step = step;
    ::_exit(127);
  };
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != launch.parent) ::_exit(127);  // died before the line above
  if (launch.cpus != nullptr && ::sched_setaffinity(0, sizeof *launch.cpus, launch.cpus) != 0) {
    fail("pin it to its CPUs");
  }
  int target = 0;
  for (const auto& fd : *launch.descriptors) {
    if (::dup2(fd.get(), target++) < 0) fail("connect its descriptors");
  }
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &plain, nullptr);
  ::sigaction(SIGINT, &plain, nullptr);
  ::sigaction(SIGQUIT, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.program, launch.argv, launch.envp);
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

/// Copies of descriptors at numbers where none of the new process's own gets in their way.
std::vector<UniqueFd> out_of_the_way(const std::vector<int>& descriptors) {
  std::vector<UniqueFd> copies;
  for (const int fd : descriptors) {
    copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, static_cast<int>(descriptors.size())));
    if (!copies.back()) throw system_error("copy a descriptor for a new process", errno);
  }
  return copies;
}

pid_t start_here(const OwnedStart& start) {
  const auto tried = fmt::format("start {}", start.program);
  std::vector<std::string> words{start.program};
  words.insert(words.end(), start.arguments.begin(), start.arguments.end());
  const auto argv = pointers_to(words);
  const auto envp = pointers_to(start.environment);
  const auto descriptors = out_of_the_way(start.descriptors);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const auto cpu : start.cpus) {
    if (cpu >= CPU_SETSIZE) throw UsageError(tried, fmt::format("there is no CPU {}", cpu));
    CPU_SET(cpu, &cpus);
  }
  Launch launch;
  launch.program = start.program.c_str();
  launch.argv = argv.data();
  launch.envp = envp.data();
  launch.descriptors = &descriptors;
  launch.cpus = start.cpus.empty() ? nullptr : &cpus;
  launch.parent = ::getpid();
  // As with vfork, our memory is lent and not copied: a start that is timed must not depend on how
  // large this process is.
  alignas(16) static std::array<char, 64UL * 1024> stack;
  const pid_t pid = ::clone(become_program, stack.data() + stack.size(),
                            CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
  if (pid < 0) throw system_error(tried, errno);
  if (launch.error == 0) return pid;
  ::waitpid(pid, nullptr, 0);
  throw system_error(fmt::format("{}: {}", tried, launch.step), launch.error);
}

/// The thread that starts all of them, one after the other.
class Starter {
 public:
  Starter() : thread_([this] { work(); }) { thread_.detach(); }

  pid_t start(const OwnedStart& request) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return request_ == nullptr; });
    request_ = &request;
    done_ = false;
    changed_.notify_all();
    changed_.wait(lock, [&] { return done_ && request_ == &request; });
    request_ = nullptr;
    const auto pid = pid_;
    const auto error = std::exchange(error_, nullptr);
    changed_.notify_all();
    lock.unlock();
    if (error) std::rethrow_exception(error);
    return pid;
  }

 private:
  void work() {
    // Signals are for the threads that handle them.
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return request_ != nullptr && !done_; });
      try {
        pid_ = start_here(*request_);
      } catch (...) {
        error_ = std::current_exception();
      }
      done_ = true;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const OwnedStart* request_ = nullptr;
  bool done_ = false;
  pid_t pid_ = -1;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace

pid_t start_owned(const OwnedStart& start) {
  // Never destroyed: its thread lives as long as this process.
  static Starter& starter = *std::make_unique<Starter>().release();
  return starter.start(start);
}

}  // namespace strata::drivers
