#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/testing/fake_stage.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using testing::FakeStage;
using ::testing::HasSubstr;
using testing::value_of;

constexpr double kMiB = 1 << 20;

/// Instances of 2 MiB, of which their supervisors take 1.5; the host loses 3 MiB with each.
class DensityTest : public ::testing::Test {
 protected:
  DensityTest() {
    stage.driver.use = [] {
      return drivers::Usage{{{}, kibibytes(512), {}}, {{}, kibibytes(1536), {}}, {}, {}, {}};
    };
    stage.on_look = [&] {
      auto room = stage.room;
      room.available_memory.count -= stage.driver.alive * mebibytes(3).count;
      return room;
    };
  }
  Trial density(const std::string& count, const std::string& memory = "25%") {
    return stage.carry_out("density", {{"count", {count}}, {"memory", {memory}}});
  }
  FakeStage stage;
};

TEST_F(DensityTest, FitsALineThroughTheMemoryOfInstances) {
  const auto trial = density("16");
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  for (int n = 2; n <= 16; n += 2) {
    EXPECT_EQ(value_of(trial, "memory[" + std::to_string(n) + "]"), 2 * n * kMiB);
    EXPECT_EQ(value_of(trial, "host_memory[" + std::to_string(n) + "]"), 3 * n * kMiB);
  }
  EXPECT_EQ(value_of(trial, "memory_per_instance"), 2 * kMiB);
  EXPECT_EQ(value_of(trial, "memory_per_instance_low"), 2 * kMiB);
  EXPECT_EQ(value_of(trial, "memory_per_instance_high"), 2 * kMiB);
  EXPECT_EQ(value_of(trial, "sandbox_memory_per_instance"), 0.5 * kMiB);
  EXPECT_EQ(value_of(trial, "supervisors_memory_per_instance"), 1.5 * kMiB);
  EXPECT_EQ(value_of(trial, "host_memory_per_instance"), 3 * kMiB);
  EXPECT_EQ(value_of(trial, "instances"), 16);
  EXPECT_EQ(value_of(trial, "all_removed"), 16e6);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(DensityTest, CountsWhatServesAllInstancesOnce) {
  // The first one saw its daemons grow by all of it.
  stage.driver.use = [&] {
    drivers::Usage usage{{{}, kibibytes(512), {}}, {}, {}, {}, {}};
    usage.daemons.memory = kibibytes(100 * stage.driver.alive);
    return usage;
  };
  const auto trial = density("16");
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "daemons_memory_per_instance"), 100 * 1024);
  EXPECT_EQ(value_of(trial, "memory[16]"), 16 * 612 * 1024);
}

TEST_F(DensityTest, StopsBeforeItsBudgetIsUsedUp) {
  // Steps of 8 instances, 16 MiB each: a fourth would take it from 48 to 64 MiB.
  EXPECT_EQ(value_of(density("64", "50MiB"), "instances"), 24);
  EXPECT_EQ(value_of(density("64", "7%"), "instances"), 32);
}

TEST_F(DensityTest, BacksOffBeforeTheHostSwaps) {
  stage.on_look = [&] {
    auto room = stage.room;
    if (stage.driver.alive >= 16) room.swap_used = mebibytes(20);
    return room;
  };
  const auto trial = density("64");
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "instances"), 16);
  ASSERT_EQ(stage.notes.size(), 1U);
  EXPECT_THAT(stage.notes[0], HasSubstr("16 instances"));
  EXPECT_THAT(stage.notes[0], HasSubstr("the host has begun to swap"));
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(DensityTest, DoesNotBeginWithTooLittleFreeMemory) {
  stage.room.available_memory = mebibytes(349);  // 250 of budget, 100 that stay free
  const auto trial = density("64");
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said,
              HasSubstr("349 MiB of 1,000 MiB are available, and 100 MiB have to stay free"));
  EXPECT_EQ(stage.driver.started, 0U);
  EXPECT_THROW(find_experiment("density").require_room({{"memory", "25%"}}, stage.room), Error);
  find_experiment("density").require_room({{"memory", "249MiB"}}, stage.room);
}

TEST_F(DensityTest, MeasuresByTheHostWhereInstancesCannotTell) {
  stage.driver.use = {};
  const auto trial = density("16", "30MiB");
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(trial.metric("memory_per_instance"), nullptr);
  EXPECT_EQ(value_of(trial, "host_memory_per_instance"), 3 * kMiB);
  EXPECT_EQ(value_of(trial, "instances"), 10);
}

TEST_F(DensityTest, ReclaimsEverythingWhenAStartFails) {
  stage.driver.on_start = [&] {
    if (stage.driver.started == 20) throw Error("start container x", "no more room");
  };
  const auto trial = density("64");
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said, HasSubstr("1 of them failed"));
  EXPECT_EQ(value_of(trial, "memory[16]"), 32 * kMiB);
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(DensityTest, SaysWhereTheBudgetHoldsTooFewForALine) {
  EXPECT_THAT(density("64", "17MiB").failure->said, HasSubstr("too few"));
  EXPECT_THROW(find_experiment("density").check({{"count", "2"}, {"memory", "25%"}}), UsageError);
  EXPECT_THROW(find_experiment("density").check({{"count", "9"}, {"memory", "lots"}}), UsageError);
}

}  // namespace
}  // namespace strata::bench
