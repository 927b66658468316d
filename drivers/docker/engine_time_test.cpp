#include "drivers/docker/engine_time.h"

#include <gtest/gtest.h>

namespace strata::drivers {
namespace {

using std::chrono::nanoseconds;

TEST(EngineTimeTest, MomentsAreReadToTheNanosecond) {
  const auto moment = parse_engine_time("1970-01-02T00:00:01.000000007Z");
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->time_since_epoch(), nanoseconds(86'401'000'000'007));
  EXPECT_EQ(parse_engine_time("2026-11-25T09:36:20Z")->time_since_epoch(),
            std::chrono::seconds(1'795'599'380));
  EXPECT_EQ(parse_engine_time("1970-01-01T00:00:00.5Z")->time_since_epoch(),
            nanoseconds(500'000'000));
  EXPECT_EQ(parse_engine_time("1970-01-01T00:00:00.0000000019Z")->time_since_epoch(),
            nanoseconds(1));
}

TEST(EngineTimeTest, AnOffsetIsTakenOff) {
  EXPECT_EQ(parse_engine_time("1970-01-01T01:30:00+01:30")->time_since_epoch(), nanoseconds(0));
  EXPECT_EQ(parse_engine_time("1969-12-31T23:00:00-01:00")->time_since_epoch(), nanoseconds(0));
}

TEST(EngineTimeTest, WhatIsNoMomentIsNothing) {
  for (const auto* const text :
       {"", "now", "2026-11-25", "2026-11-25T09:36:20", "2026-11-25T09:36:20.Z",
        "2026-13-25T09:36:20Z", "2026-02-30T09:36:20Z", "2026-11-25T24:36:20Z",
        "2026-11-25T09:60:20Z", "2026-11-25T09:36:20+1:00", "2026-11-25T09:36:20Z ",
        "9999-11-25T09:36:20Z", "2026-11-25 09:36:20Z", "20x6-11-25T09:36:20Z"}) {
    EXPECT_FALSE(parse_engine_time(text)) << text;
  }
  // What the engine says of a container that was never started.
  EXPECT_FALSE(parse_engine_time("0001-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace strata::drivers
