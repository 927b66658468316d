// Operating system: what a system call and a switch between processes cost. A sandbox that filters
// or serves system calls itself shows here.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workloads/child.h"
#include "workloads/common/unique_fd.h"
#include "workloads/latencies.h"
#include "workloads/registry.h"

namespace strata::workloads {
namespace {

/// getppid by the raw system call: does nothing in the kernel, and no library caches it (lmbench
/// lat_syscall null). Unit: ns a call.
void getppid_call(benchmark::State& state) {
  const long parent = ::getppid();
  long wrong = 0;
  for (auto _ : state) {
    const long answer = ::syscall(SYS_getppid);
    wrong += answer == parent ? 0 : 1;
  }
  if (wrong > 0) state.SkipWithError("getppid changed its answer");
  set_checksum(state, static_cast<std::uint64_t>(wrong));
}

/// One byte to another process and back through two pipes: two context switches, where both run on
/// one processor (lmbench lat_pipe). Unit: ns a round trip.
void pipe_round_trip(benchmark::State& state) {
  const OnOneCpu pinned;
  int ends[4];
  if (::pipe2(ends, O_CLOEXEC) != 0 || ::pipe2(ends + 2, O_CLOEXEC) != 0) {
    state.SkipWithError("no pipe to be had");
    return;
  }
  Pipe there{UniqueFd(ends[0]), UniqueFd(ends[1])};
  Pipe back{UniqueFd(ends[2]), UniqueFd(ends[3])};
  const Child child([&] {
    there.write_end.reset();
    back.read_end.reset();
    echo<1>(there.read_end.get(), back.write_end.get());
  });
  there.read_end.reset();
  back.write_end.reset();
  Histogram histogram;
  char sent = 0;
  for (auto _ : state) {
    char received = static_cast<char>(~sent);
    bool whole = true;
    timed(histogram, [&] {
      whole = ::write(there.write_end.get(), &sent, 1) == 1 &&
              read_exactly(back.read_end.get(), &received, 1);
    });
    if (!whole || received != sent) {
      state.SkipWithError("the other process sent something else back");
      break;
    }
    ++sent;
  }
  report(histogram, state);
  set_checksum(state, 1);
}

const bool kGetppid = add_workload(
    {.name = "os/getppid", .summary = "a system call that does nothing"}, getppid_call);
const bool kPipe =
    add_workload({.name = "os/pipe_round_trip", .summary = "one byte to another process and back"},
                 pipe_round_trip);

}  // namespace
}  // namespace strata::workloads
