// Operating system: what a system call costs. A sandbox that filters or serves them itself shows
// here. Nothing to warm up but the first calls, which Google Benchmark's own search for a number of
// rounds makes.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <string>

#include "workloads/common/unique_fd.h"
#include "workloads/registry.h"
#include "workloads/report.h"
#include "workloads/scratch.h"

namespace strata::workloads {
namespace {

/// getppid by the raw system call: does nothing in the kernel, and no library caches it (lmbench
/// lat_syscall null). Unit: ns a call. Peer: perf bench syscall basic.
void getppid_call(benchmark::State& state) {
  const long parent = ::getppid();
  long wrong = 0;
  for (auto _ : state) {
    const long answer = ::syscall(SYS_getppid);
    wrong += answer == parent ? 0 : 1;
  }
  if (wrong > 0) fail(state, "getppid changed its answer");
  set_checksum(state, static_cast<std::uint64_t>(wrong));
}

/// clock_gettime(CLOCK_MONOTONIC) as programs call it: without the kernel where the clock can be
/// read from user space, with it where it can't. Unit: ns a call.
void clock_gettime_call(benchmark::State& state) {
  timespec last{};
  long backwards = 0;
  for (auto _ : state) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const bool earlier =
        now.tv_sec < last.tv_sec || (now.tv_sec == last.tv_sec && now.tv_nsec < last.tv_nsec);
    backwards += earlier ? 1 : 0;
    last = now;
  }
  if (backwards > 0) fail(state, "the monotonic clock went back");
  set_checksum(state, static_cast<std::uint64_t>(backwards));
}

volatile std::sig_atomic_t signals_caught = 0;

void on_signal(int /*signal*/) { signals_caught = signals_caught + 1; }

/// A signal that a process sends itself, caught by a handler: kill, handler, return (lmbench
/// lat_sig catch). Unit: ns a signal.
void signal_to_itself(benchmark::State& state) {
  struct sigaction ours {};
  struct sigaction before {};
  ours.sa_handler = on_signal;
  if (::sigaction(SIGUSR1, &ours, &before) != 0) return fail_errno(state, "set a signal's handler");
  const auto thread = ::syscall(SYS_gettid);
  const auto process = ::getpid();
  signals_caught = 0;
  std::int64_t sent = 0;
  for (auto _ : state) {
    // To this thread, so that it is there when the call returns.
    if (::syscall(SYS_tgkill, process, thread, SIGUSR1) != 0) {
      fail_errno(state, "send a signal");
      break;
    }
    ++sent;
  }
  ::sigaction(SIGUSR1, &before, nullptr);
  if (signals_caught != static_cast<std::sig_atomic_t>(sent)) fail(state, "signals were lost");
  set_checksum(state, 1);
}

/// stat of a file by its path, which the kernel has in its caches (lmbench lat_syscall stat). Unit:
/// ns a call.
void stat_call(benchmark::State& state) {
  const NamedScratchFile file;
  if (!file) return fail_errno(state, "make a file in " + scratch_folder());
  struct stat status {};
  for (auto _ : state) {
    if (::stat(file.path().c_str(), &status) != 0) return fail_errno(state, "stat a file");
  }
  if (status.st_size != 0) fail(state, "an empty file has a size");
  set_checksum(state, 1);
}

/// open and close of a file by its path (lmbench lat_syscall open). Unit: ns for both.
void open_close(benchmark::State& state) {
  const NamedScratchFile file;
  if (!file) return fail_errno(state, "make a file in " + scratch_folder());
  for (auto _ : state) {
    const UniqueFd fd(::open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno(state, "open a file");
  }
  set_checksum(state, 1);
}

const bool kGetppid = add_workload(
    {.name = "os/getppid", .summary = "a system call that does nothing"}, getppid_call);
const bool kClock = add_workload(
    {.name = "os/clock_gettime", .summary = "the monotonic clock read"}, clock_gettime_call);
const bool kSignal =
    add_workload({.name = "os/signal", .summary = "a signal to itself, caught"}, signal_to_itself);
const bool kStat =
    add_workload({.name = "os/stat", .summary = "stat of a file", .needs = {"scratch"}}, stat_call);
const bool kOpenClose = add_workload(
    {.name = "os/open_close", .summary = "open and close of a file", .needs = {"scratch"}},
    open_close);

}  // namespace
}  // namespace strata::workloads
