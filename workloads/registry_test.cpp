#include "workloads/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/text.h"

namespace strata::workloads {
namespace {

TEST(RegistryTest, KeepsWhatIsAddedInOrderOfNames) {
  for (const auto* const name : {"b/two", "a/one", "c/three"}) {
    EXPECT_TRUE(add_workload({.name = name, .summary = "nothing"}, [](benchmark::State&) {}));
  }
  std::vector<std::string> names;
  for (const auto& workload : all_workloads()) names.push_back(workload.name);
  EXPECT_THAT(names, ::testing::ElementsAre("a/one", "b/two", "c/three"));
}

TEST(RandomTest, IsTheSameEverywhere) {
  Random random(1);
  EXPECT_EQ(random.next(), 0x47e4ce4b896cdd1dULL);
  EXPECT_EQ(random.next(), 0xabcfa6a8e079651dULL);
}

TEST(RandomTest, StaysBelowItsBound) {
  Random random;
  std::array<int, 10> seen{};
  for (int i = 0; i < 10'000; ++i) ++seen.at(random.below(10));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  for (int i = 0; i < 1000; ++i) {
    const double fraction = random.fraction();
    EXPECT_TRUE(fraction >= 0 && fraction < 1);
  }
}

TEST(SampleTextTest, IsTheSameEveryTimeAndAsLongAsAskedFor) {
  EXPECT_EQ(sample_text(0), "");
  const auto text = sample_text(10'000);
  EXPECT_EQ(text.size(), 10'000U);
  EXPECT_EQ(sample_text(20'000).substr(0, 10'000), text);
  EXPECT_THAT(text, ::testing::ContainsRegex("[a-z]+@[a-z]+\\.example"));
}

}  // namespace
}  // namespace strata::workloads
