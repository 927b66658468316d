#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace strata::results {

/// Calls task(i) for every i below `count`, on all CPUs, `worth_a_thread` or more of them a thread:
/// for lines that do not depend on each other, when no trial is running that could be disturbed.
/// Rethrows what a task threw.
template <typename Task>
void on_all_cpus(std::size_t count, const Task& task, std::size_t worth_a_thread = 64) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < count; i = next++) task(i);
  };
  const auto helpers = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()) - 1,
                                             count / worth_a_thread);
  std::vector<std::future<void>> running;
  for (std::size_t i = 0; i < helpers; ++i) running.push_back(std::async(std::launch::async, work));
  work();
  for (auto& one : running) one.get();
}

}  // namespace strata::results
