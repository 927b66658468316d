#include "workloads/agent/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "workloads/agent/descendants.h"
#include "workloads/agent/json_line.h"

namespace strata::agent {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Wakes ppoll; what ended is asked of wait4 afterwards. (A pidfd would do it too, but not under
/// gVisor.)
void on_child(int /*signal*/) {}

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t nanoseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond +
         static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
};

/// What the new process needs between clone and exec; it shares our memory until then.
struct Launch {
  const Job* job;
  char* const* argv;
  char* const* envp;
  int stdin_fd;
  int stdout_fd;
  int stderr_fd;
  pid_t agent;
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
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != launch.agent && launch.agent != 1) ::_exit(127);  // died before the line above
  if (!launch.job->cpus.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const auto cpu : launch.job->cpus) {
      if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
    }
    if (::sched_setaffinity(0, sizeof set, &set) != 0) fail("pin it to its CPUs");
  }
  if (::chdir(launch.job->working_directory.c_str()) != 0) fail("change to its working directory");
  if (::dup2(launch.stdin_fd, 0) < 0 || ::dup2(launch.stdout_fd, 1) < 0 ||
      ::dup2(launch.stderr_fd, 2) < 0) {
    fail("connect its input and output");
  }
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &plain, nullptr);
  ::sigaction(SIGCHLD, &plain, nullptr);
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

/// Starts the program; -1 and `ending.start_error` if that failed.
pid_t start(const Job& job, int stdin_fd, int stdout_fd, int stderr_fd, Ending& ending) {
  const auto argv = pointers_to(job.arguments);
  const auto envp = pointers_to(job.environment);
  Launch launch{&job, argv.data(), envp.data(), stdin_fd, stdout_fd, stderr_fd, ::getpid()};
  // As with vfork, our memory is lent and not copied, so that the agent's size is not in the
  // figures.
  alignas(16) std::array<char, 32UL * 1024> stack;
  const pid_t pid = ::clone(become_program, stack.data() + stack.size(),
                            CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
  if (pid < 0) {
    launch.error = errno;
    launch.step = "make a process for it";
  } else if (launch.error != 0) {
    ::waitpid(pid, nullptr, 0);
  }
  if (launch.error == 0) return pid;
  ending.start_error =
      job.arguments.front() + ": could not " + launch.step + ": " + std::strerror(launch.error);
  return -1;
}

/// One of the program's output streams: sent on as it comes, or kept up to the limit and read and
/// thrown away beyond.
struct OutputStream {
  Pipe pipe;
  std::string& kept;
  std::uint64_t& total;
  wire::FrameType type;
  Channel* live;  ///< where to send it as it comes; null: it is kept

  /// Reads what is there; closes the read end at the end of the stream.
  void read_some(std::uint64_t limit, bool& truncated) {
    static std::array<char, 64UL * 1024> buffer;
    for (;;) {
      const auto count = ::read(pipe.read_end, buffer.data(), buffer.size());
      if (count < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) Pipe::close_end(pipe.read_end);
        return;
      }
      if (count == 0) {
        Pipe::close_end(pipe.read_end);
        return;
      }
      const auto size = static_cast<std::size_t>(count);
      total += size;
      if (live != nullptr) {
        // That the host is gone is seen when it is listened to.
        live->send(type, std::string_view(buffer.data(), size));
        return;
      }
      const auto keep = std::min<std::uint64_t>(size, limit - kept.size());
      kept.append(buffer.data(), keep);
      truncated = truncated || keep < size;
      if (size < buffer.size()) return;
    }
  }
};

void make_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

bool aslr_is_on() {
  constexpr unsigned long kAskOnly = 0xffffffff;
  const int persona = ::personality(kAskOnly);
  if (persona >= 0 && (static_cast<unsigned>(persona) & ADDR_NO_RANDOMIZE) != 0) return false;
  const int fd = ::open("/proc/sys/kernel/randomize_va_space", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;  // Linux's own default
  char level = '2';
  const auto count = ::read(fd, &level, 1);
  ::close(fd);
  return count != 1 || level != '0';
}

}  // namespace

void prepare_to_run_programs() {
  struct sigaction action {};
  action.sa_handler = on_child;
  ::sigaction(SIGCHLD, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  adopt_orphans();
}

Ending run_program(const Job& job, Channel* host) {
  Ending ending;
  Pipe input;
  Channel* const live = job.stream_output ? host : nullptr;
  OutputStream output{{}, ending.output, ending.output_bytes, wire::FrameType::kOutput, live};
  OutputStream errors{
      {}, ending.error_output, ending.error_output_bytes, wire::FrameType::kErrorOutput, live};
  if (!input.open() || !output.pipe.open() || !errors.pipe.open()) {
    ending.start_error = std::string("make pipes: ") + std::strerror(errno);
    return ending;
  }
  make_nonblocking(input.write_end);
  make_nonblocking(output.pipe.read_end);
  make_nonblocking(errors.pipe.read_end);

  const auto started = now_ns();
  const pid_t pid =
      start(job, input.read_end, output.pipe.write_end, errors.pipe.write_end, ending);
  if (pid < 0) return ending;
  Pipe::close_end(input.read_end);
  Pipe::close_end(output.pipe.write_end);
  Pipe::close_end(errors.pipe.write_end);

  const int host_fd = host != nullptr ? host->descriptor() : -1;
  std::string_view to_write = job.stdin_bytes;
  const auto deadline = started + std::min<std::uint64_t>(job.time_limit_ns, ~0ULL - started);
  sigset_t none;
  sigemptyset(&none);
  rusage usage{};
  for (bool running = true; running;) {
    if (to_write.empty()) Pipe::close_end(input.write_end);
    // poll passes over negative descriptors.
    std::array<pollfd, 4> watched{{{host_fd, POLLIN, 0},
                                   {output.pipe.read_end, POLLIN, 0},
                                   {errors.pipe.read_end, POLLIN, 0},
                                   {input.write_end, POLLOUT, 0}}};
    const auto now = now_ns();
    const auto left = deadline > now ? deadline - now : 0;
    const timespec timeout{static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
    const int ready = ::ppoll(watched.data(), watched.size(), &timeout, &none);
    for (;;) {
      int status = 0;
      const pid_t ended = ::wait4(-1, &status, WNOHANG, &usage);
      if (ended <= 0) break;
      if (ended != pid) continue;  // an orphan we adopted
      ending.wall_ns = now_ns() - started;
      ending.status = status;
      ending.user_ns = nanoseconds(usage.ru_utime);
      ending.system_ns = nanoseconds(usage.ru_stime);
      ending.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
      running = false;
      break;
    }
    if (ready > 0) {
      if (watched[1].revents != 0) output.read_some(job.output_limit, ending.truncated);
      if (watched[2].revents != 0) errors.read_some(job.output_limit, ending.truncated);
      if (watched[3].revents != 0) {
        const auto written = ::write(input.write_end, to_write.data(), to_write.size());
        if (written > 0) to_write.remove_prefix(static_cast<std::size_t>(written));
        if (written < 0 && errno != EAGAIN && errno != EINTR) to_write = {};  // it reads no more
      }
      if (watched[0].revents != 0) {
        const auto status = host->take_what_came();
        ending.host_gone = status != Channel::Status::kNothing;
        if (host->take_signal(wire::FrameType::kTerminate)) ::kill(-pid, SIGTERM);
      }
    }
    if (running && (ending.host_gone || now_ns() >= deadline)) {
      ending.timed_out = !ending.host_gone;
      ::kill(-pid, SIGKILL);
      ::kill(pid, SIGKILL);
      // The end itself is taken by the loop, so that its times are there; it can't be put off.
      if (ending.host_gone) break;
    }
  }
  ending.processes_left = kill_descendants(pid);
  if (ending.timed_out) ending.processes_left = 0;  // they were killed with it, as they should be
  if (!ending.host_gone) {
    if (output.pipe.read_end >= 0) output.read_some(job.output_limit, ending.truncated);
    if (errors.pipe.read_end >= 0) errors.read_some(job.output_limit, ending.truncated);
  }
  return ending;
}

std::string sample_line(const Ending& ending) {
  JsonLine line;
  const bool exited = ending.start_error.empty() && WIFEXITED(ending.status);
  if (exited) {
    line.number("exit", static_cast<std::uint64_t>(WEXITSTATUS(ending.status)));
  } else {
    line.null("exit");
  }
  const bool killed = ending.start_error.empty() && WIFSIGNALED(ending.status);
  line.number("signal", killed ? static_cast<std::uint64_t>(WTERMSIG(ending.status)) : 0);
  line.truth("timed_out", ending.timed_out);
  line.truth("truncated", ending.truncated);
  line.number("processes_left", ending.processes_left);
  line.number("wall_ns", ending.wall_ns);
  line.number("user_ns", ending.user_ns);
  line.number("system_ns", ending.system_ns);
  line.number("peak_memory_bytes", ending.peak_memory_bytes);
  line.number("output_bytes", ending.output_bytes);
  line.number("error_output_bytes", ending.error_output_bytes);
  line.truth("aslr", aslr_is_on());
  if (!ending.start_error.empty()) line.text("start_error", ending.start_error);
  return line.finish();
}

}  // namespace strata::agent
