#include "workloads/noise.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

#include "workloads/cpus.h"
#include "workloads/registry.h"
#include "workloads/scratch.h"

namespace strata::workloads {
namespace {

using Clock = std::chrono::steady_clock;

/// What a neighbour has done so far. Threads add to it.
struct Work {
  Clock::time_point until;
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint64_t> refused{0};
  [[nodiscard]] bool goes_on() const { return Clock::now() < until; }
};

/// Runs `body` in so many threads; where the kernel refuses one, in fewer.
void in_threads(std::size_t count, Work& work, const std::function<void()>& body) {
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(body);
  } catch (const std::system_error&) {
    ++work.refused;
  }
  body();
  for (auto& thread : threads) thread.join();
}

void use_cpu(Work& work) {
  in_threads(usable_cpus().size(), work, [&] {
    Random random;
    std::uint64_t sum = 0;
    while (work.goes_on()) {
      for (unsigned i = 0; i < (1U << 16U); ++i) sum += random.next();
      benchmark::DoNotOptimize(sum);
      ++work.rounds;
    }
  });
}

void use_memory(Work& work) {
  constexpr std::size_t kMostThreads = 8;
  constexpr std::size_t kSize = 16UL << 20U;
  in_threads(std::min(usable_cpus().size(), kMostThreads), work, [&] {
    std::vector<char> from(kSize, 'f');
    std::vector<char> to(kSize, 't');
    while (work.goes_on()) {
      std::memcpy(to.data(), from.data(), kSize);
      benchmark::ClobberMemory();
      from.swap(to);
      ++work.rounds;
    }
  });
}

int use_disk(Work& work) {
  constexpr std::size_t kBlock = 1UL << 20U;
  constexpr std::uint64_t kBlocks = 64;
  constexpr std::uint64_t kBlocksASync = 8;
  const auto fd = scratch_file();
  if (!fd) {
    std::fprintf(stderr, "make a file in %s: %s\n", scratch_folder().c_str(), std::strerror(errno));
    return 1;
  }
  const std::vector<char> block(kBlock, 'd');
  for (std::uint64_t i = 0; work.goes_on(); ++i) {
    const auto written =
        ::pwrite(fd.get(), block.data(), block.size(), static_cast<off_t>(i % kBlocks * kBlock));
    if (written != static_cast<ssize_t>(kBlock) ||
        (i % kBlocksASync == 0 && ::fsync(fd.get()) != 0)) {
      ++work.refused;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    ++work.rounds;
  }
  return 0;
}

void use_processes(Work& work) {
  constexpr unsigned kMostAlive = 64;
  unsigned alive = 0;
  const auto reap = [&](int options) {
    while (alive > 0 && ::waitpid(-1, nullptr, options) > 0) --alive;
  };
  while (work.goes_on()) {
    const auto child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) {
      ++alive;
      ++work.rounds;
    } else {
      ++work.refused;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (alive >= kMostAlive || child < 0) reap(WNOHANG);
    // Those that have not ended yet hold their places: wait for one.
    if (alive >= kMostAlive && ::waitpid(-1, nullptr, 0) > 0) --alive;
  }
  reap(0);
}

}  // namespace

int make_noise(std::string_view kind, std::string_view seconds) {
  constexpr double kMostSeconds = 3600;
  double duration = 0;
  const auto* const end = seconds.data() + seconds.size();
  const auto [read_to, error] = std::from_chars(seconds.data(), end, duration);
  if (error != std::errc() || read_to != end || !(duration > 0 && duration <= kMostSeconds)) {
    std::fprintf(stderr, "--seconds: a number above 0 and at most 3600\n");
    return 2;
  }
  Work work;
  work.until = Clock::now() +
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(duration));
  int code = 0;
  if (kind == "cpu") {
    use_cpu(work);
  } else if (kind == "memory") {
    use_memory(work);
  } else if (kind == "disk") {
    code = use_disk(work);
  } else if (kind == "fork") {
    use_processes(work);
  } else {
    std::fprintf(stderr, "--noise: cpu, memory, disk or fork\n");
    return 2;
  }
  std::printf("{\"noise\":\"%.*s\",\"seconds\":%g,\"rounds\":%llu,\"refused\":%llu}\n",
              static_cast<int>(kind.size()), kind.data(), duration,
              static_cast<unsigned long long>(work.rounds.load()),
              static_cast<unsigned long long>(work.refused.load()));
  return code;
}

}  // namespace strata::workloads
