#include "results/history/night_finding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace strata::results {
namespace {

/// Nights that are 0.7 % to either side of 0, in turns.
std::vector<double> nights(std::size_t count, std::initializer_list<double> newest) {
  std::vector<double> logs;
  for (std::size_t i = 0; i < count; ++i) logs.push_back(i % 2 == 0 ? 0.007 : -0.007);
  logs.insert(logs.end(), newest);
  return logs;
}

/// What running again gave, give or take half a percent.
Estimate again(double log) { return {log, Interval{log - 0.005, log + 0.005}, 48}; }

TEST(NightFinding, SeesALargeChangeAtOnceAndASmallOneOnceItStands) {
  const auto large = test_newest_night(nights(40, {0.12}));
  EXPECT_TRUE(large.suspicious);
  EXPECT_TRUE(large.large);
  EXPECT_EQ(large.nights, 1U);
  EXPECT_EQ(large.compared, 40U);
  EXPECT_TRUE(confirms(large, again(0.11)));

  const auto small = test_newest_night(nights(40, {0.055}));
  EXPECT_TRUE(small.suspicious);
  EXPECT_FALSE(confirms(small, again(0.055)));
  const auto stands = test_newest_night(nights(40, {0.055, 0.05}));
  EXPECT_EQ(stands.nights, 2U);
  EXPECT_TRUE(confirms(stands, again(0.055)));
}

TEST(NightFinding, DoesNotCallNoiseOrOneOddNightAChange) {
  EXPECT_FALSE(test_newest_night(nights(40, {0.02})).suspicious);
  EXPECT_FALSE(test_newest_night(nights(40, {-0.12})).suspicious);
  // An odd night before a usual one.
  EXPECT_FALSE(test_newest_night(nights(40, {0.12, 0.01})).suspicious);
}

TEST(NightFinding, LooksForWhatBecameCheaperOnRequest) {
  const auto finding = test_newest_night(nights(40, {-0.12}), -1);
  EXPECT_TRUE(finding.suspicious);
  EXPECT_LT(finding.after, finding.before);
  EXPECT_TRUE(confirms(finding, again(-0.12)));
  EXPECT_FALSE(confirms(finding, again(0.12)));
}

TEST(NightFinding, IsNotConfirmedByWhatRunningAgainDoesNotShow) {
  const auto large = test_newest_night(nights(40, {0.12}));
  EXPECT_FALSE(confirms(large, again(0.0)));
  EXPECT_FALSE(confirms(large, again(0.03)));  // less than half of it
  EXPECT_FALSE(confirms(NightFinding{}, again(0.5)));
  EXPECT_FALSE(confirms(large, {0.12, std::nullopt, 3}));           // too few blocks
  EXPECT_FALSE(confirms(large, {0.12, Interval{-0.1, 0.34}, 12}));  // too wide
}

TEST(NightFinding, NeedsNightsBeforeTheNewest) {
  EXPECT_FALSE(test_newest_night(std::vector<double>{0, 0, 0, 0, 0, 1}).suspicious);
  EXPECT_TRUE(test_newest_night(std::vector<double>{0, 0, 0, 0, 0, 0, 1}).suspicious);
  EXPECT_FALSE(test_newest_night({}).suspicious);
}

TEST(NightFinding, FollowsASlowDrift) {
  std::vector<double> logs;
  for (int i = 0; i < 200; ++i) logs.push_back(0.0003 * i + (i % 2 == 0 ? 0.004 : -0.004));
  for (std::size_t count = 20; count <= logs.size(); ++count) {
    EXPECT_FALSE(test_newest_night(std::span(logs).first(count)).suspicious) << count;
  }
}

TEST(NightFinding, SinceAChangePointTakesAllNightsFromThere) {
  const auto finding = finding_since(nights(40, {0.03, 0.03, 0.03, 0.03, 0.03}), 40);
  EXPECT_TRUE(finding.suspicious);
  EXPECT_EQ(finding.nights, 5U);
  EXPECT_NEAR(finding.after, 0.03, 1e-12);
  EXPECT_FALSE(finding_since(nights(4, {1, 1}), 4).suspicious);
}

}  // namespace
}  // namespace strata::results
