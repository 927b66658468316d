#include "drivers/process_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "drivers/child_process.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kRest = " 17 42 21 -1 4194560 1 0 0 0 1 2 3 4 20 0 1 0 98765 2117632 170";

TEST(ProcessStat, IsTakenApart) {
  const auto process = parse_process_stat("1234 (sleep) S 99" + kRest);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, 1234);
  EXPECT_EQ(process->name, "sleep");
  EXPECT_EQ(process->parent, 99);
  EXPECT_EQ(process->session, 42);
  EXPECT_EQ(process->start_time, 98765U);
}

TEST(ProcessStat, ANameMayBeAnything) {
  const auto process = parse_process_stat("7 (a) R 1 (b c) S 99" + kRest);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->name, "a) R 1 (b c");
  EXPECT_EQ(process->parent, 99);
}

TEST(ProcessStat, TheDeadAreNotCounted) {
  EXPECT_FALSE(parse_process_stat("1234 (sleep) Z 99" + kRest));
  EXPECT_FALSE(parse_process_stat("1234 (sleep) X 99" + kRest));
}

TEST(ProcessStat, WhatIsNoSuchLineIsNothing) {
  for (const std::string line :
       {"", "1234", "1234 (sleep", "(sleep) S 1", "x (sleep) S 99", "1234 ) ( S 1", "1 (a) S",
        "1 (a) S 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 x"}) {
    EXPECT_FALSE(parse_process_stat(line)) << line;
  }
}

TEST(ProcessStat, SurvivesEveryMutation) {
  std::mt19937 random(11);
  const auto good = "1234 (sleep) S 99" + kRest;
  for (int round = 0; round < 2000; ++round) {
    auto line = good;
    for (int i = 0; i < 3; ++i) {
      const auto at = std::uniform_int_distribution<std::size_t>(0, line.size() - 1)(random);
      line[at] = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    }
    line.resize(std::uniform_int_distribution<std::size_t>(0, line.size())(random));
    parse_process_stat(line);
  }
}

std::vector<pid_t> pids(const std::vector<FoundProcess>& processes) {
  std::vector<pid_t> numbers;
  for (const auto& one : processes) numbers.push_back(one.pid);
  return numbers;
}

FoundProcess process(pid_t pid, pid_t parent) {
  FoundProcess one;
  one.pid = pid;
  one.parent = parent;
  return one;
}

TEST(Descendants, AreFoundAtAnyDepth) {
  const std::vector<FoundProcess> all{process(6, 5), process(2, 1), process(3, 2),
                                      process(4, 2), process(5, 4), process(9, 8)};
  EXPECT_THAT(pids(descendants_of(2, all)), UnorderedElementsAre(3, 4, 5, 6));
  EXPECT_THAT(pids(descendants_of(6, all)), IsEmpty());
  EXPECT_THAT(pids(descendants_of(1, all)), UnorderedElementsAre(2, 3, 4, 5, 6));
}

TEST(Descendants, RingsEnd) {
  // Numbers that are used again while the list is made can look like this.
  EXPECT_THAT(pids(descendants_of(1, {process(2, 3), process(3, 2), process(1, 2), process(2, 1)})),
              UnorderedElementsAre(2, 3));
}

class LiveProcesses : public ::testing::Test {
 protected:
  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }
  /// A child that runs until it is killed, with a mark in its environment.
  std::unique_ptr<ChildProcess> waiting_child(const std::string& mark) const {
    auto child = std::make_unique<ChildProcess>(
        ChildRequest{.program = STRATA_AGENT_THAT_HANGS,
                     .environment = {"STRATA_TEST_A=one=1", "STRATA_TEST=" + mark},
                     .descriptors = {null_.get(), null_.get(), null_.get()},
                     .cpus = {}});
    // The kernel lets the parent go on a moment before the new environment can be seen.
    FoundProcess seen;
    seen.pid = child->pid();
    for (const auto deadline = enough(); !seen.variable("STRATA_TEST");) {
      if (deadline.expired()) throw Error("await a child's environment", "it did not come");
    }
    return child;
  }
  UniqueFd null_{::dup(STDERR_FILENO)};
};

TEST_F(LiveProcesses, AreFoundWithTheirVariables) {
  const auto child = waiting_child("two");
  const auto all = live_processes();
  const auto found =
      std::ranges::find_if(all, [&](const FoundProcess& one) { return one.pid == child->pid(); });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->parent, ::getpid());
  EXPECT_EQ(found->session, child->pid());
  EXPECT_TRUE(found->name.starts_with("agent-that-hang")) << found->name;
  EXPECT_EQ(found->variable("STRATA_TEST"), "two");
  EXPECT_EQ(found->variable("STRATA_TEST_A"), "one=1");
  EXPECT_EQ(found->variable("STRATA_TES"), std::nullopt);
  EXPECT_TRUE(
      std::ranges::none_of(all, [](const FoundProcess& one) { return one.pid == ::getpid(); }));
}

TEST_F(LiveProcesses, AreKilledIfChosenAndAwaited) {
  const auto doomed = waiting_child("doomed");
  const auto spared = waiting_child("spared");
  const auto killed = kill_processes(
      [](std::vector<FoundProcess> all) {
        std::erase_if(all, [](const auto& one) { return one.variable("STRATA_TEST") != "doomed"; });
        return all;
      },
      enough());
  EXPECT_THAT(pids(killed), ElementsAre(doomed->pid()));
  const Deadline over(monotonic_clock(), monotonic_clock().now());
  ASSERT_TRUE(doomed->wait(over));
  EXPECT_FALSE(spared->wait(over));
}

TEST_F(LiveProcesses, ThatHaveTakenANumberOverAreSpared) {
  const auto child = waiting_child("alone");
  int rounds = 0;
  const auto killed = kill_processes(
      [&](std::vector<FoundProcess> all) {
        ++rounds;
        std::erase_if(all, [&](const auto& one) { return one.pid != child->pid(); });
        // As if it had been another that was seen under this number.
        for (auto& one : all) --one.start_time;
        return all;
      },
      enough());
  EXPECT_THAT(killed, IsEmpty());
  EXPECT_EQ(rounds, 1);
  EXPECT_FALSE(child->wait({monotonic_clock(), monotonic_clock().now()}));
}

}  // namespace
}  // namespace strata::drivers
