#include "bench/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/plan.h"
#include "bench/remaining_time.h"
#include "drivers/testing/fake_driver.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using drivers::testing::FakeDriver;
using drivers::testing::good_outcome;
using ::testing::HasSubstr;

class QuietProgress final : public Progress {
 public:
  void note(const std::string& /*text*/) override {}
  void trial_begins(const PlannedTrial& trial, std::size_t /*done*/, std::size_t /*planned*/,
                    std::optional<Duration> remaining) override {
    begun.push_back(trial);
    remainings.push_back(remaining);
  }
  void trial_ended(const Trial& /*trial*/) override {}
  void run_ended() override { ++ends; }
  std::vector<PlannedTrial> begun;
  std::vector<std::optional<Duration>> remainings;
  int ends = 0;
};

/// A run of one command on two fake targets: process takes 12 ms a trial, docker 32 ms.
class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    definition.baseline = "process";
    definition.blocks = 3;
    ProgramDefinition program;
    program.kind = ProgramDefinition::Kind::kCommand;
    definition.programs = {program};
    definition.workloads = {{"work", "", 0, {"--fast"}, "real_time"}};
    bundles.resize(1);
    bundles[0].command = {"bundle:/strata/bin/work"};
    bundles[0].program_digest = "d1";
    docker.startup = 21ms;
    plan = make_plan({{"work"}, {"process", "docker"}, "process", definition.blocks, 1});
  }

  RunEnd run() {
    Runner runner({definition,
                   bundles,
                   {{"process", {process, {{"b", ""}}}}, {"docker", {docker, {{"b", ""}}}}},
                   clock,
                   progress,
                   [&](const Trial& trial) { stored.push_back(trial); },
                   [&] { return interrupted_after && stored.size() >= *interrupted_after; },
                   enough});
    return runner.run(plan, 0);
  }

  ManualClock clock;
  FakeDriver process{clock};
  FakeDriver docker{clock};
  RunDefinition definition;
  std::vector<drivers::Bundle> bundles;
  std::vector<PlannedTrial> plan;
  QuietProgress progress;
  std::vector<Trial> stored;
  std::optional<std::size_t> interrupted_after;
  std::function<bool()> enough;
};

TEST_F(RunnerTest, CarriesOutThePlanInItsOrderEachInAFreshInstance) {
  const auto end = run();
  EXPECT_EQ(end.reason, RunEnd::Reason::kDone);
  EXPECT_EQ(end.trials, 9U);
  EXPECT_EQ(end.failed, 0U);
  ASSERT_EQ(stored.size(), plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_EQ(stored[i].target, plan[i].target);
    EXPECT_EQ(stored[i].control, plan[i].control);
    EXPECT_EQ(stored[i].block, plan[i].block);
    EXPECT_EQ(stored[i].order, i);
    EXPECT_EQ(stored[i].program_digest, "d1");
  }
  EXPECT_EQ(process.started, 6U);
  EXPECT_EQ(docker.started, 3U);
  EXPECT_EQ(process.most_alive, 1U);
  EXPECT_EQ(process.alive + docker.alive, 0U);
  EXPECT_EQ(progress.ends, 1);
}

TEST_F(RunnerTest, StoresExactStamps) {
  run();
  for (const auto& trial : stored) {
    EXPECT_EQ(trial.stamps.startup(), trial.target == "docker" ? Duration(21ms) : Duration(1ms));
    EXPECT_EQ(trial.stamps.between(Stamp::kReady, Stamp::kRemoved), Duration(11ms));
  }
}

TEST_F(RunnerTest, GivesTheJobItsWordsAndLimits) {
  definition.cpus = {1};
  definition.trial_timeout = 3s;
  run();
  EXPECT_THAT(process.jobs.at(0).argv, ::testing::ElementsAre("bundle:/strata/bin/work", "--fast"));
  EXPECT_THAT(process.jobs.at(0).cpus, ::testing::ElementsAre(1));
  EXPECT_EQ(process.jobs.at(0).time_limit, Duration(3s));
}

TEST_F(RunnerTest, RecordsAFailedStartAndGoesOn) {
  docker.on_start = [] { throw Error("start container x", "404: no such image", "prepare again"); };
  const auto end = run();
  EXPECT_EQ(end.trials, 9U);
  EXPECT_EQ(end.failed, 3U);
  for (const auto& trial : stored) {
    EXPECT_EQ(trial.failure.has_value(), trial.target == "docker");
    if (trial.failure) {
      EXPECT_EQ(trial.failure->said, "404: no such image");
      EXPECT_TRUE(trial.metrics.empty());
    }
  }
}

TEST_F(RunnerTest, RecordsAnInstanceThatDiesWithWhatItHadReached) {
  process.answer = [](const drivers::Job&) -> drivers::Outcome {
    throw Error("run work", "the agent has ended");
  };
  run();
  for (const auto& trial : stored) {
    if (trial.target != "process") continue;
    ASSERT_TRUE(trial.failure);
    EXPECT_TRUE(trial.stamps.startup());
    EXPECT_FALSE(trial.stamps.at(Stamp::kRemoved));
  }
  EXPECT_EQ(process.alive, 0U);
}

TEST_F(RunnerTest, AFailedProgramKeepsItsTimesAndItsError) {
  docker.answer = [](const drivers::Job&) {
    auto outcome = good_outcome("");
    outcome.exit_code = 2;
    outcome.error_output = "bad data";
    return outcome;
  };
  run();
  for (const auto& trial : stored) {
    if (trial.target != "docker") continue;
    EXPECT_THAT(trial.failure->said, HasSubstr("bad data"));
    EXPECT_NE(trial.metric("wall_time"), nullptr);
    EXPECT_TRUE(trial.stamps.at(Stamp::kRemoved));
  }
}

TEST_F(RunnerTest, AFailedStopIsAFailedTrial) {
  docker.on_stop = [] { throw Error("remove container", "500: busy"); };
  EXPECT_EQ(run().failed, 3U);
}

TEST_F(RunnerTest, AJobBeyondItsDeadlineFails) {
  definition.trial_timeout = 1s;
  docker.job_time = 12s;  // the agent's limit and the host's grace of ten seconds
  run();
  for (const auto& trial : stored) EXPECT_EQ(trial.failure.has_value(), trial.target == "docker");
}

TEST_F(RunnerTest, AnyExceptionFailsOneTrialOnly) {
  docker.answer = [](const drivers::Job&) -> drivers::Outcome { throw std::bad_alloc(); };
  EXPECT_EQ(run().failed, 3U);
}

TEST_F(RunnerTest, FinishesTheTrialInHandWhenInterrupted) {
  interrupted_after = 4;
  const auto end = run();
  EXPECT_EQ(end.reason, RunEnd::Reason::kInterrupted);
  EXPECT_EQ(stored.size(), 4U);
  EXPECT_EQ(process.alive + docker.alive, 0U);
}

TEST_F(RunnerTest, StopsBeforeABlockThatWouldNotFitIntoTheBudget) {
  // A block takes 12 + 12 + 32 ms; two of them end at 112 ms, a third would end at 168 ms.
  definition.budget = 150ms;
  const auto end = run();
  EXPECT_EQ(end.reason, RunEnd::Reason::kBudget);
  EXPECT_EQ(stored.size(), 6U);
  EXPECT_EQ(stored.back().block, 1U);
}

TEST_F(RunnerTest, UsesABudgetThatIsEnoughToTheEnd) {
  definition.budget = 168ms;
  EXPECT_EQ(run().reason, RunEnd::Reason::kDone);
}

TEST_F(RunnerTest, StopsInsideABlockOnceTheBudgetIsUsedUp) {
  definition.budget = 10ms;
  const auto end = run();
  EXPECT_EQ(end.reason, RunEnd::Reason::kBudget);
  EXPECT_EQ(stored.size(), 1U);
}

TEST_F(RunnerTest, EndsBetweenBlocksOnceThereIsEnough) {
  enough = [&] { return stored.size() >= 4; };
  EXPECT_EQ(run().reason, RunEnd::Reason::kEnough);
  EXPECT_EQ(stored.size(), 6U);
}

TEST_F(RunnerTest, SaysHowLongItStillTakes) {
  run();
  EXPECT_EQ(progress.remainings.front(), std::nullopt);
  // Before the last block every cell's pace is known.
  EXPECT_EQ(progress.remainings.at(6), Duration(56ms));
}

TEST_F(RunnerTest, WhatCannotBeStoredEndsTheRun) {
  Runner runner({definition,
                 bundles,
                 {{"process", {process, {{"b", ""}}}}, {"docker", {docker, {{"b", ""}}}}},
                 clock,
                 progress,
                 [](const Trial&) { throw Error("write journal", "disk full"); },
                 [] { return false; }});
  EXPECT_THROW(runner.run(plan, 0), Error);
  EXPECT_EQ(process.alive + docker.alive, 0U);
}

TEST(RemainingTimeTest, UsesACellsOwnPaceAndElseThatOfAll) {
  RemainingTime pace;
  const PlannedTrial a{"w", "a", false, 0};
  const PlannedTrial b{"w", "b", false, 0};
  EXPECT_EQ(pace.expected(std::vector{a}), std::nullopt);
  pace.ended(a, 10ms);
  pace.ended(a, 20ms);
  EXPECT_EQ(pace.expected(std::vector{a, a}), Duration(30ms));
  EXPECT_EQ(pace.expected(std::vector{b}), Duration(15ms));
}

}  // namespace
}  // namespace strata::bench
