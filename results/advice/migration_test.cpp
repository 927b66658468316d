#include "results/advice/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/advice/testing/measured.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using ::testing::ElementsAre;
using testing::evidence_of;
using ::testing::HasSubstr;
using testing::measured;

const Target kProcess{"process", "process", {}, {}};
const Target kDocker{"docker", "docker", {}, {}};
const Target kGuest{"kvm", "kvm", {}, {}};
const Target kFunction{"faas-docker", "faas", {{"isolation", "docker"}}, {}};

Profile profile() {
  Profile result;
  result.name = "service \"x\"";
  result.objectives = {{.name = "latency",
                        .metric = "real_time",
                        .workloads = {"os/*"},
                        .weight = 1,
                        .at_most = 300,
                        .at_least = {},
                        .unit = "ns",
                        .quantile = 0.99}};
  return result;
}

std::vector<std::string> pairs(const MigrationPlan& plan) {
  std::vector<std::string> result;
  for (const auto& step : plan.steps) result.push_back(step.from + ">" + step.to);
  return result;
}

TEST(Migration, EachStrategyGoesThroughItsPairs) {
  const auto plan = [](Strategy strategy, const Target& from, const Target& to) {
    return pairs(plan_migration(strategy, from, to, profile(), {}));
  };
  EXPECT_THAT(plan(Strategy::kLiftAndShift, kProcess, kGuest), ElementsAre("process>kvm"));
  EXPECT_THAT(plan(Strategy::kContainerizeInPlace, kGuest, kDocker),
              ElementsAre("kvm>kvm-oci", "kvm-oci>docker"));
  EXPECT_THAT(plan(Strategy::kContainerizeInPlace, kProcess, kDocker),
              ElementsAre("process>docker"));
  EXPECT_THAT(plan(Strategy::kRefactor, kDocker, kFunction), ElementsAre("docker>faas-docker"));
  EXPECT_THAT(plan(Strategy::kRefactor, kGuest, kFunction),
              ElementsAre("kvm>docker", "docker>faas-docker"));
  EXPECT_EQ(plan(Strategy::kStranglerFig, kGuest, kDocker).size(), 3U);
}

TEST(Migration, AStrategyThatDoesNotLeadThereIsRefused) {
  EXPECT_THROW(plan_migration(Strategy::kRefactor, kGuest, kDocker, profile(), {}), UsageError);
  EXPECT_THROW(plan_migration(Strategy::kLiftAndShift, kDocker, kDocker, profile(), {}),
               UsageError);
  EXPECT_THROW(strategy_named("lift"), UsageError);
  EXPECT_EQ(strategy_named("strangler-fig"), Strategy::kStranglerFig);
}

TEST(Migration, AShareOfTheTrafficCostsItsShare) {
  const auto at = at_share({3, Interval{2, 4}, 12}, 0.1);
  EXPECT_DOUBLE_EQ(at.value, 1.2);
  EXPECT_DOUBLE_EQ(at.interval->low, 1.1);
  EXPECT_DOUBLE_EQ(at.interval->high, 1.3);
}

TEST(Migration, WhatIsExpectedIsMeasuredBetweenTheTwo) {
  const std::vector<EvidenceRun> runs{
      evidence_of({measured("process", "process", 100, 1), measured("docker", "docker", 200, 1)})};
  const auto plan = plan_migration(Strategy::kLiftAndShift, kProcess, kDocker, profile(), runs);
  ASSERT_EQ(plan.steps[0].expected.size(), 1U);
  EXPECT_NEAR(plan.steps[0].expected[0].ratio->value, 2, 0.03);
}

TEST(Migration, TheClaimsAreReadBackAndHoldForWhatTheyWereMadeFrom) {
  const std::vector<EvidenceRun> runs{evidence_of(
      {measured("process", "process", 100, 1), measured("docker", "docker", 200, 1)}, 400)};
  const auto plan = plan_migration(Strategy::kLiftAndShift, kProcess, kDocker, profile(), runs);
  const auto text = claims_toml(plan, profile());
  const auto file = parse_claims(text, "after.toml");
  EXPECT_THAT(file.description, HasSubstr("service \"x\""));
  ASSERT_EQ(file.claims.size(), 2U);
  EXPECT_EQ(file.claims[0].kind, Claim::Kind::kRatio);
  EXPECT_EQ(file.claims[0].baseline, "process");
  EXPECT_EQ(file.claims[1].kind, Claim::Kind::kAbsolute);
  EXPECT_DOUBLE_EQ(file.claims[1].quantile, 0.99);
  EXPECT_EQ(check_claims(file, runs[0].run)[0].verdict, ClaimVerdict::kSupported);
  EXPECT_EQ(check_claims(file, runs[0].run)[1].verdict, ClaimVerdict::kSupported);
}

TEST(Migration, WithoutAResultItSaysThatNothingWasMeasured) {
  const auto plan = plan_migration(Strategy::kLiftAndShift, kProcess, kDocker, profile(), {});
  EXPECT_FALSE(plan.steps[0].expected[0].ratio.has_value());
  EXPECT_EQ(plan.steps[0].expected[0].missing, "no result has it");
}

}  // namespace
}  // namespace strata::results
