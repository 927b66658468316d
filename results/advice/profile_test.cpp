#include "results/advice/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Profile parse(std::string_view toml) {
  return parse_profile(TomlTable::parse(toml, "mine.toml", "profile"));
}

std::string refused(const std::string& toml) {
  try {
    parse(toml);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

constexpr auto kObjective = "[[objective]]\nname = \"o\"\nmetric = \"real_time\"\n";

TEST(Profile, TheTemplateIsAProfile) {
  const auto profile = parse(profile_template());
  EXPECT_EQ(profile.name, "my service");
  EXPECT_EQ(profile.isolation, Isolation::kSharedKernel);
  EXPECT_EQ(profile.arrival, Arrival::kBursty);
  EXPECT_EQ(profile.longest_request, std::chrono::seconds(30));
  ASSERT_EQ(profile.objectives.size(), 4U);
  EXPECT_EQ(profile.objectives[0].at_most, 500);
  EXPECT_EQ(profile.objectives[0].unit, "ms");
  EXPECT_EQ(profile.stated.size(), 5U);
}

TEST(Profile, WhatIsNotGivenHasADefault) {
  const auto profile = parse(kObjective);
  EXPECT_EQ(profile.name, "mine");
  EXPECT_EQ(profile.baseline, "process");
  EXPECT_EQ(profile.isolation, Isolation::kProcess);
  EXPECT_FALSE(profile.several_tenants);
  EXPECT_EQ(profile.state, State::kStateless);
  EXPECT_EQ(profile.objectives.front().weight, 1);
  EXPECT_EQ(weight_of_starts(profile), 1);
}

TEST(Profile, StartsWeighByHowRequestsArrive) {
  const auto with = [](const char* arrival) {
    return weight_of_starts(parse(std::string(arrival) + kObjective));
  };
  EXPECT_EQ(with("[arrival]\npattern = \"bursty\"\nburst_factor = 3\n"), 3);
  EXPECT_EQ(with("[arrival]\npattern = \"bursty\"\nburst_factor = 500\n"), 10);
  EXPECT_EQ(with("[arrival]\npattern = \"rare\"\n"), 4);
}

TEST(Profile, WhatIsWrongIsNamedWithItsPlace) {
  const std::string good = kObjective;
  EXPECT_THAT(refused(""), HasSubstr("no [[objective]]"));
  EXPECT_THAT(refused(good + "weigth = 2\n"), HasSubstr("weight"));
  EXPECT_THAT(refused("[needs]\nisolation = \"hardwar\"\n" + good), HasSubstr("\"hardware\""));
  EXPECT_THAT(refused("[needs]\nisolation = \"hardwar\"\n" + good), HasSubstr("mine.toml:2:"));
  EXPECT_THAT(refused(good + "unit = \"parsec\"\n"), HasSubstr("is no unit"));
  EXPECT_THAT(refused(good + "weight = 0\n"), HasSubstr("changes nothing"));
  EXPECT_THAT(refused(good + "at_most = 1\nat_least = 2\n"), HasSubstr("one limit"));
  EXPECT_THAT(refused(good + good), HasSubstr("two objectives"));
  EXPECT_THAT(refused("[arrival]\npattern = \"bursty\"\n" + good), HasSubstr("burst_factor"));
  EXPECT_THAT(refused(good + "[[stated]]\nname = \"x\"\n"), HasSubstr("no \"costs\""));
  EXPECT_THAT(refused(good + "[[stated]]\nname = \"x\"\ncosts = { docker = -1 }\n"),
              HasSubstr("docker"));
}

}  // namespace
}  // namespace strata::results
