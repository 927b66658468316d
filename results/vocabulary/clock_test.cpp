#include "results/vocabulary/clock.h"

#include <gtest/gtest.h>

#include <limits>

#include "results/vocabulary/manual_clock.h"

namespace strata {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, StandsStillUntilTold) {
  ManualClock clock;
  const auto start = clock.now();
  EXPECT_EQ(clock.now(), start);
  clock.advance(3ms);
  EXPECT_EQ(clock.now(), start + 3ms);
  clock.set(start + 1h);
  EXPECT_EQ(clock.now(), start + 1h);
}

TEST(ManualClock, WhoeverSleepsMovesItOnAndNeverBack) {
  ManualClock clock;
  const auto start = clock.now();
  clock.sleep_until(start + 5s);
  EXPECT_EQ(clock.now(), start + 5s);
  clock.sleep_until(start);
  EXPECT_EQ(clock.now(), start + 5s);
}

TEST(Deadline, ExpiresAtItsMoment) {
  ManualClock clock;
  const auto deadline = Deadline::after(clock, 10ms);
  EXPECT_FALSE(deadline.expired());
  EXPECT_EQ(deadline.remaining(), 10ms);
  clock.advance(10ms - 1ns);
  EXPECT_FALSE(deadline.expired());
  EXPECT_EQ(deadline.remaining(), 1ns);
  clock.advance(1ns);
  EXPECT_TRUE(deadline.expired());
  EXPECT_EQ(deadline.remaining(), 0ns);
  clock.advance(1h);
  EXPECT_TRUE(deadline.expired());
  EXPECT_EQ(deadline.remaining(), 0ns);
}

TEST(Deadline, PollMillisecondsAreRoundedUpSoThatAWaitNeverEndsEarly) {
  ManualClock clock;
  EXPECT_EQ(Deadline::after(clock, 0ns).poll_milliseconds(), 0);
  EXPECT_EQ(Deadline::after(clock, 1ns).poll_milliseconds(), 1);
  EXPECT_EQ(Deadline::after(clock, 1ms).poll_milliseconds(), 1);
  EXPECT_EQ(Deadline::after(clock, 1ms + 1ns).poll_milliseconds(), 2);
  EXPECT_EQ(Deadline(clock, clock.now() - 5s).poll_milliseconds(), 0);
}

TEST(Deadline, PollMillisecondsOfALongWaitFitTheCall) {
  ManualClock clock;
  constexpr int kDay = 24 * 60 * 60 * 1000;
  EXPECT_EQ(Deadline::after(clock, 24h).poll_milliseconds(), kDay);
  EXPECT_EQ(Deadline::after(clock, 24h * 365).poll_milliseconds(), kDay);
}

TEST(Deadline, AtMostTakesTheEarlier) {
  ManualClock clock;
  const auto deadline = Deadline::after(clock, 10s);
  EXPECT_EQ(deadline.at_most(3s).at(), clock.now() + 3s);
  EXPECT_EQ(deadline.at_most(30s).at(), deadline.at());
  EXPECT_EQ(&deadline.at_most(3s).clock(), &clock);
  EXPECT_EQ(deadline.at_least(3s).at(), deadline.at());
  EXPECT_EQ(deadline.at_least(30s).at(), clock.now() + 30s);
}

TEST(MonotonicClock, NeverGoesBackAndSleepsAtLeastAsLongAsTold) {
  auto& clock = monotonic_clock();
  const auto before = clock.now();
  const auto until = before + 1ms;
  clock.sleep_until(until);
  EXPECT_GE(clock.now(), until);
  clock.sleep_until(before);  // in the past: returns
  EXPECT_EQ(&clock, &monotonic_clock());
}

}  // namespace
}  // namespace strata
