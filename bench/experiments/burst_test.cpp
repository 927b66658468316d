#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/testing/fake_stage.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using testing::FakeStage;
using ::testing::HasSubstr;
using testing::value_of;

class BurstTest : public ::testing::Test {
 protected:
  Trial burst(const std::string& count) { return stage.carry_out("burst", {{"count", {count}}}); }
  FakeStage stage;
};

TEST_F(BurstTest, TellsWhenTheKthIsReady) {
  // The fake starts one after the other, 2 ms each, whichever thread comes first.
  stage.driver.startup = 2ms;
  const auto trial = burst("4");
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  for (int k = 1; k <= 4; ++k) {
    EXPECT_EQ(value_of(trial, "ready[" + std::to_string(k) + "]"), k * 2e6);
  }
  EXPECT_EQ(value_of(trial, "starts_per_second"), 500);
  EXPECT_EQ(value_of(trial, "all_ready"), 8e6);
  EXPECT_EQ(value_of(trial, "all_removed"), 4e6);
  EXPECT_EQ(value_of(trial, "failed_starts"), 0);
  EXPECT_EQ(stage.driver.most_alive, 4U);
  EXPECT_EQ(stage.driver.alive, 0U);
  EXPECT_FALSE(trial.stamps.startup());
}

TEST_F(BurstTest, StartsASingleOneWithoutATrialBefore) {
  EXPECT_EQ(value_of(burst("1"), "starts_per_second"), 1000);
  EXPECT_EQ(stage.driver.started, 1U);
}

TEST_F(BurstTest, KeepsWhatItMeasuredWhenSomeFail) {
  stage.driver.on_start = [&] {
    if (stage.driver.started == 3) throw Error("start container x", "no more room", "make some");
  };
  const auto trial = burst("4");
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said,
              HasSubstr("1 of them failed, the first so: start container x: no more room"));
  EXPECT_EQ(trial.failure->do_next, "make some");
  EXPECT_EQ(value_of(trial, "failed_starts"), 1);
  EXPECT_EQ(value_of(trial, "ready[3]"), 3e6);
  EXPECT_EQ(trial.metric("ready[4]"), nullptr);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(BurstTest, FailsWhereNoneStarts) {
  stage.driver.on_start = [&] {
    if (stage.driver.started > 1) throw Error("start", "the engine is gone");
  };
  const auto trial = burst("3");
  ASSERT_TRUE(trial.failure);
  EXPECT_EQ(value_of(trial, "failed_starts"), 3);
  EXPECT_EQ(trial.metric("starts_per_second"), nullptr);
}

TEST_F(BurstTest, DoesNotBeginWhereTheMemoryIsTooSmall) {
  // 100 MiB of 800 stay free: seven of 100 MiB fit.
  stage.driver.use = [] {
    return drivers::Usage{{{}, mebibytes(90), {}}, {{}, mebibytes(10), {}}, {}, {}, {}};
  };
  EXPECT_FALSE(burst("7").failure);
  const auto trial = burst("8");
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said, HasSubstr("one takes 100 MiB, and 800 MiB of memory"));
  EXPECT_EQ(stage.driver.most_alive, 7U);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(BurstTest, AStopThatFailsIsAFailedTrial) {
  stage.driver.on_stop = [&] {
    if (stage.driver.started > 1) throw Error("remove container", "500: busy");
  };
  const auto trial = burst("2");
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said, HasSubstr("2 of them failed"));
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(BurstTest, RefusesBeforeTheRunWhatTheHostCannotHold) {
  const auto& burst = find_experiment("burst");
  EXPECT_THROW(burst.check({{"count", "0"}}), UsageError);
  EXPECT_THROW(burst.check({{"count", "many"}}), UsageError);
  burst.check({{"count", "50"}});
  HostRoom room;
  burst.require_room({{"count", "50"}}, room);
  room.processes = 50 * 32 - 1;
  EXPECT_THROW(burst.require_room({{"count", "50"}}, room), Error);
}

TEST(FindExperiment, SaysWhichThereAre) {
  EXPECT_EQ(find_experiment("startup").metric, "startup");
  try {
    find_experiment("brust");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"burst\"?"));
  }
}

}  // namespace
}  // namespace strata::bench
