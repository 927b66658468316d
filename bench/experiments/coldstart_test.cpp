#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/testing/fake_stage.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using testing::FakeStage;
using ::testing::HasSubstr;
using testing::value_of;

class ColdstartTest : public ::testing::Test {
 protected:
  ColdstartTest() {
    stage.driver.startup = 30ms;
    stage.driver.job_time = 2ms;
  }
  FakeStage stage;
};

TEST_F(ColdstartTest, HoldsTheFirstCallAgainstLaterOnes) {
  const auto trial = stage.carry_out("coldstart", {{"count", {"1"}}, {"calls", {"3"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "cold"), 32e6);
  EXPECT_EQ(value_of(trial, "first_result[1]"), 32e6);
  EXPECT_EQ(value_of(trial, "warm"), 2e6);
  EXPECT_EQ(value_of(trial, "failed_starts"), 0);
  EXPECT_EQ(stage.driver.jobs.size(), 4U);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(ColdstartTest, AsksForSeveralAtOnce) {
  const auto trial = stage.carry_out("coldstart", {{"count", {"3"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  // The fake does one thing after the other, whichever thread comes first.
  EXPECT_EQ(value_of(trial, "first_result[3]"), 96e6);
  EXPECT_EQ(value_of(trial, "cold"), value_of(trial, "first_result[2]"));
  EXPECT_EQ(stage.driver.most_alive, 3U);
  EXPECT_EQ(stage.driver.jobs.size(), 3U + 15U);
}

TEST_F(ColdstartTest, ACallThatFailsIsAFailedTrial) {
  stage.driver.answer = [](const drivers::Job&) {
    auto outcome = drivers::testing::good_outcome("");
    outcome.exit_code = 4;
    return outcome;
  };
  const auto trial = stage.carry_out("coldstart", {{"count", {"2"}}});
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said, HasSubstr("2 of them failed"));
  EXPECT_THAT(trial.failure->said, HasSubstr("exited with code 4"));
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(ColdstartTest, LeavesAnInstanceAloneForLongerAndLonger) {
  stage.driver.answer = [&](const drivers::Job&) {
    // Put aside after a second: its fifth call takes as long as a start.
    if (stage.driver.jobs.size() == 5) stage.clock.advance(30ms);
    return drivers::testing::good_outcome("");
  };
  const auto trial = stage.carry_out("idle", {{"pauses", {"100ms", "300ms", "1.5s"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "warm"), 2e6);
  EXPECT_EQ(value_of(trial, "after_pause[0.1]"), 2e6);
  EXPECT_EQ(value_of(trial, "after_pause[0.3]"), 2e6);
  EXPECT_EQ(value_of(trial, "after_pause[1.5]"), 32e6);
  EXPECT_EQ(value_of(trial, "after_longest_pause"), 32e6);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(ColdstartTest, RefusesParametersThatCannotBe) {
  const auto& coldstart = find_experiment("coldstart");
  EXPECT_THROW(coldstart.check({{"count", "1"}, {"calls", "0"}}), UsageError);
  EXPECT_THROW(coldstart.check({{"count", "-1"}, {"calls", "1"}}), UsageError);
  EXPECT_THROW(find_experiment("idle").check({{"pauses", "1s,1s"}}), UsageError);
}

}  // namespace
}  // namespace strata::bench
