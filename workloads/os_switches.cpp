// Operating system: what it takes to wake another process. Both ends are on one CPU, so that each
// round trip is two context switches. Warm-up: the first round trips, which Google Benchmark's own
// search for a number of rounds makes.

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>

#include "workloads/child.h"
#include "workloads/common/unique_fd.h"
#include "workloads/cpus.h"
#include "workloads/registry.h"
#include "workloads/report.h"

namespace strata::workloads {
namespace {

/// One byte to another process and back through two pipes (lmbench lat_pipe). Unit: ns a round
/// trip. Peer: perf bench sched pipe.
void pipe_round_trip(benchmark::State& state) {
  const OnOneCpu pinned;
  int ends[4];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(state, "make a pipe");
  Pipe there{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (::pipe2(ends + 2, O_CLOEXEC) != 0) return fail_errno(state, "make a pipe");
  Pipe back{UniqueFd(ends[2]), UniqueFd(ends[3])};
  const Child child([&] {
    there.write_end.reset();
    back.read_end.reset();
    echo<1>(there.read_end.get(), back.write_end.get());
  });
  if (!child.started()) return fail_errno(state, "start a second process");
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
      fail(state, "the other process sent something else back");
      break;
    }
    ++sent;
  }
  report(histogram, state);
  set_checksum(state, 1);
}

/// A word that two processes share, on which either waits for the other.
struct Turn {
  std::atomic<std::uint32_t> count{0};

  /// Sleeps until `count` is `expected`; false after a second without.
  bool await(std::uint32_t expected) {
    for (auto seen = count.load(); seen != expected; seen = count.load()) {
      const timespec limit{1, 0};
      // Not the private kind: the two processes have address spaces of their own.
      if (::syscall(SYS_futex, &count, FUTEX_WAIT, seen, &limit, nullptr, 0) != 0 &&
          errno == ETIMEDOUT) {
        return false;
      }
    }
    return true;
  }
  void set(std::uint32_t value) {
    count.store(value);
    ::syscall(SYS_futex, &count, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
};

/// Two processes take turns by a futex in memory they share. Unit: ns a round trip.
void futex_round_trip(benchmark::State& state) {
  const OnOneCpu pinned;
  void* const memory =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno(state, "map memory that two processes share");
  auto* const turn = std::construct_at(static_cast<Turn*>(memory));
  {
    // Even: ours; odd: the other's.
    const Child child([&] {
      for (std::uint32_t mine = 1; turn->await(mine); mine += 2) turn->set(mine + 1);
    });
    Histogram histogram;
    std::uint32_t next = 1;
    for (auto _ : state) {
      bool answered = false;
      timed(histogram, [&] {
        turn->set(next);
        answered = turn->await(next + 1);
      });
      if (!answered) {
        fail(state, "wait for the other process on a futex: no answer within a second");
        break;
      }
      next += 2;
    }
    report(histogram, state);
  }
  ::munmap(memory, 4096);
  set_checksum(state, 1);
}

/// An event of another process wakes one that waits in epoll_wait; the answer goes the same way.
/// Unit: ns a round trip: two wake-ups, four further system calls.
void epoll_wake_up(benchmark::State& state) {
  const OnOneCpu pinned;
  const UniqueFd there(::eventfd(0, EFD_CLOEXEC));
  const UniqueFd back(::eventfd(0, EFD_CLOEXEC));
  if (!there || !back) return fail_errno(state, "make an eventfd");
  /// Waits for `from`, takes its event and gives one to `to`.
  const auto wait = [](const UniqueFd& poll, const UniqueFd& from) {
    constexpr int kLimitMilliseconds = 1000;
    epoll_event event{};
    std::uint64_t count = 0;
    return ::epoll_wait(poll.get(), &event, 1, kLimitMilliseconds) == 1 &&
           ::read(from.get(), &count, sizeof count) == sizeof count && count == 1;
  };
  const auto wake = [](const UniqueFd& to) {
    const std::uint64_t one = 1;
    return ::write(to.get(), &one, sizeof one) == sizeof one;
  };
  const auto polled = [](const UniqueFd& from) {
    UniqueFd poll(::epoll_create1(EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    if (poll && ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, from.get(), &event) != 0) poll.reset();
    return poll;
  };
  const auto ours = polled(back);
  if (!ours) return fail_errno(state, "make an epoll");
  const Child child([&] {
    const auto theirs = polled(there);
    while (theirs && wait(theirs, there) && wake(back)) {
    }
  });
  Histogram histogram;
  for (auto _ : state) {
    bool answered = false;
    timed(histogram, [&] { answered = wake(there) && wait(ours, back); });
    if (!answered) {
      fail(state, "wait for the other process by epoll: no answer within a second");
      break;
    }
  }
  report(histogram, state);
  set_checksum(state, 1);
}

const bool kPipe =
    add_workload({.name = "os/pipe_round_trip", .summary = "one byte to another process and back"},
                 pipe_round_trip);
const bool kFutex = add_workload(
    {.name = "os/futex_round_trip", .summary = "two processes taking turns by a futex"},
    futex_round_trip);
const bool kEpoll = add_workload(
    {.name = "os/epoll_wake_up", .summary = "a process woken from epoll_wait, and its answer"},
    epoll_wake_up);

}  // namespace
}  // namespace strata::workloads
