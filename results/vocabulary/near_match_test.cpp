#include "results/vocabulary/near_match.h"

#include <gtest/gtest.h>

#include <vector>

namespace strata {
namespace {

const std::vector<std::string> kTargets{"process", "docker", "docker-gvisor"};

TEST(NearMatch, FindsSlipsOfTheFinger) {
  EXPECT_EQ(near_match("dcoker", kTargets), "docker");
  EXPECT_EQ(near_match("proces", kTargets), "process");
  EXPECT_EQ(near_match("docker-gvsior", kTargets), "docker-gvisor");
}

TEST(NearMatch, TakesAUniqueBeginning) {
  EXPECT_EQ(near_match("docker-g", std::vector<std::string>{"docker-gvisor-systrap", "x"}),
            "docker-gvisor-systrap");
}

TEST(NearMatch, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(near_match("firecracker", kTargets), std::nullopt);
  EXPECT_EQ(near_match("", kTargets), std::nullopt);
  EXPECT_EQ(near_match(std::string(100000, 'a'), kTargets), std::nullopt);
}

TEST(NearMatch, SuggestionNamesWhatIsKnown) {
  EXPECT_EQ(suggest("dcoker", kTargets),
            "did you mean \"docker\"? known: process, docker, docker-gvisor");
  EXPECT_EQ(suggest("zzz", {}), "known: none");
}

}  // namespace
}  // namespace strata
