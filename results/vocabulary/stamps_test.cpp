#include "results/vocabulary/stamps.h"

#include <gtest/gtest.h>

#include <set>

#include "results/vocabulary/manual_clock.h"

namespace strata {
namespace {

using namespace std::chrono_literals;

TEST(Stamp, EveryNameLeadsBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kStampCount; ++i) {
    const auto stamp = static_cast<Stamp>(i);
    EXPECT_EQ(stamp_named(name_of(stamp)), stamp);
    names.insert(name_of(stamp));
  }
  EXPECT_EQ(names.size(), kStampCount);
  EXPECT_EQ(name_of(Stamp::kRequested), "requested");
  EXPECT_EQ(name_of(Stamp::kFirstResult), "first_result");
  EXPECT_EQ(name_of(Stamp::kRemoved), "removed");
  EXPECT_EQ(stamp_named("Ready"), std::nullopt);
  EXPECT_EQ(stamp_named(""), std::nullopt);
}

TEST(Stamps, OneThatIsNotThereIsAbsent) {
  ManualClock clock;
  Stamps stamps;
  EXPECT_EQ(stamps.startup(), std::nullopt);
  stamps.set(Stamp::kRequested, clock.now());
  EXPECT_EQ(stamps.at(Stamp::kRequested), clock.now());
  EXPECT_EQ(stamps.at(Stamp::kKernel), std::nullopt);
  EXPECT_EQ(stamps.startup(), std::nullopt);
  EXPECT_EQ(stamps.between(Stamp::kReady, Stamp::kRequested), std::nullopt);
  stamps.set(Stamp::kReady, clock.now() + 42us);
  EXPECT_EQ(stamps.startup(), 42us);
}

TEST(Stamps, OneMayOvertakeAnother) {
  ManualClock clock;
  Stamps stamps;
  stamps.set(Stamp::kMain, clock.now() + 1ms);
  stamps.set(Stamp::kLaunched, clock.now() + 3ms);
  EXPECT_EQ(stamps.between(Stamp::kLaunched, Stamp::kMain), -2ms);
}

}  // namespace
}  // namespace strata
