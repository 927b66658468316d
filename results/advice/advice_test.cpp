#include "results/advice/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/advice/testing/measured.h"

namespace strata::results {
namespace {

using ::testing::ElementsAre;
using testing::evidence_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::measured;

Objective objective(const std::string& name, const std::string& metric,
                    std::vector<std::string> workloads) {
  Objective result;
  result.name = name;
  result.metric = metric;
  result.workloads = std::move(workloads);
  return result;
}
Objective compute() { return objective("compute", "real_time", {"os/*"}); }
Objective startup() { return objective("startup", "startup", {}); }

Profile profile_of(std::vector<Objective> objectives) {
  Profile profile;
  profile.name = "service";
  profile.objectives = std::move(objectives);
  return profile;
}

std::vector<std::string> names(const std::vector<Option>& options) {
  std::vector<std::string> result;
  for (const auto& one : options) result.push_back(one.target);
  return result;
}

/// docker computes as a process does and starts 100 times slower; the VM computes 10 % slower and
/// starts 3 times slower.
std::vector<EvidenceRun> runs() {
  return {evidence_of({measured("process", "process", 100, 1000),
                       measured("docker", "docker", 100, 100'000),
                       measured("vm", "kvm", 110, 3000, "kvm")})};
}

TEST(Advice, TheScoreIsTheWeightedGeometricMeanOfRatios) {
  auto objectives = std::vector{compute(), startup()};
  objectives[0].weight = 3;
  const auto advice = advise(profile_of(objectives), runs());
  ASSERT_THAT(names(advice.ranked), ElementsAre("process", "vm", "docker"));
  EXPECT_DOUBLE_EQ(advice.ranked[0].score->value, 1);
  EXPECT_NEAR(advice.ranked[1].score->value, std::pow(1.1, 0.75) * std::pow(3, 0.25), 0.02);
  EXPECT_NEAR(advice.ranked[2].score->value, std::pow(100, 0.25), 0.05);
  EXPECT_TRUE(advice.decided) << advice.why;
}

TEST(Advice, EveryNumberHasItsCellAndResult) {
  const auto advice = advise(profile_of({compute()}), runs());
  for (const auto& option : advice.ranked) {
    ASSERT_EQ(option.evidence.size(), 1U);
    const auto& evidence = option.evidence.front();
    ASSERT_EQ(evidence.cells.size(), 1U);
    EXPECT_EQ(evidence.cells.front().workload, "os/getppid");
    EXPECT_EQ(evidence.cells.front().run, "monday");
    EXPECT_TRUE(evidence.ratio->interval.has_value());
  }
}

TEST(Advice, WhatDoesNotMeetANeedIsRuledOutWithTheNeed) {
  auto profile = profile_of({compute()});
  profile.several_tenants = true;
  const auto advice = advise(profile, runs());
  EXPECT_THAT(names(advice.ranked), ElementsAre("vm"));
  ASSERT_THAT(names(advice.ruled_out), ElementsAre("process", "docker"));
  EXPECT_EQ(advice.ruled_out[1].ruled_out.front().need, "tenancy");
  EXPECT_THAT(advice.ruled_out[1].ruled_out.front().why,
              HasSubstr("needs user-space kernel, and docker gives shared kernel"));
}

TEST(Advice, AFunctionKeepsNothingBetweenRequestsNorRunsForLong) {
  auto profile = profile_of({compute()});
  profile.candidates = {"function"};
  const std::vector<EvidenceRun> evidence{evidence_of(
      {measured("process", "process", 100, 1000), measured("function", "faas", 100, 1000)})};
  EXPECT_THAT(names(advise(profile, evidence).ranked), ElementsAre("function"));
  profile.state = State::kInMemory;
  EXPECT_EQ(advise(profile, evidence).ruled_out.at(0).ruled_out.at(0).need, "state");
  profile.state = State::kStateless;
  profile.longest_request = std::chrono::seconds(901);
  EXPECT_EQ(advise(profile, evidence).ruled_out.at(0).ruled_out.at(0).need, "longest request");
}

TEST(Advice, ALimitThatIsMissedRulesOutWithTheMeasuredValue) {
  auto limited = startup();
  limited.at_most = 50;
  limited.unit = "us";
  const auto advice = advise(profile_of({limited}), runs());
  EXPECT_THAT(names(advice.ranked), ElementsAre("process", "vm"));
  ASSERT_THAT(names(advice.ruled_out), ElementsAre("docker"));
  EXPECT_EQ(advice.ruled_out[0].ruled_out[0].need, "startup at most 50 us");
  EXPECT_THAT(advice.ruled_out[0].ruled_out[0].why, HasSubstr("startup is 1"));
}

TEST(Advice, ALimitWithinTheIntervalIsNotSettled) {
  auto limited = startup();
  limited.at_most = 1000;
  limited.unit = "ns";
  auto profile = profile_of({limited});
  profile.candidates = {"process"};
  const auto advice = advise(profile, runs());
  ASSERT_EQ(advice.ranked.size(), 1U);
  ASSERT_EQ(advice.ranked[0].unsettled.size(), 1U);
  EXPECT_FALSE(advice.decided);
  EXPECT_THAT(advice.why, HasSubstr("startup at most 1000 ns is not settled for process"));
}

TEST(Advice, WhatRanUnderEmulationCountsForNothing) {
  const std::vector<EvidenceRun> evidence{evidence_of(
      {measured("process", "process", 100, 1000), measured("vm", "kvm", 110, 3000, "tcg")})};
  const auto advice = advise(profile_of({compute()}), evidence);
  EXPECT_THAT(names(advice.ranked), ElementsAre("process"));
  ASSERT_THAT(names(advice.unranked), ElementsAre("vm"));
  EXPECT_THAT(advice.unranked[0].evidence[0].missing, HasSubstr("tcg"));
  EXPECT_FALSE(advice.unranked[0].score.has_value());
  EXPECT_FALSE(advice.decided) << "the other candidate may be the better one";
}

TEST(Advice, AnObjectiveThatNobodyWasMeasuredForIsSaidAndLeftOut) {
  auto missing = compute();
  missing.name = "disk";
  missing.workloads = {"disk/*"};
  const auto advice = advise(profile_of({compute(), missing}), runs());
  EXPECT_THAT(advice.not_measured, ElementsAre("disk"));
  EXPECT_EQ(advice.ranked.size(), 3U);
}

TEST(Advice, IntervalsThatOverlapDecideNothing) {
  const std::vector<EvidenceRun> evidence{evidence_of(
      {measured("process", "process", 100, 1000), measured("docker", "docker", 100.2, 1)})};
  auto profile = profile_of({compute()});
  const auto advice = advise(profile, evidence);
  EXPECT_FALSE(advice.decided);
  EXPECT_THAT(advice.why, HasSubstr("overlap"));
}

TEST(Advice, TheWeightAtWhichTheOrderTurnsIsTheOneAtWhichScoresAreEqual) {
  auto objectives = std::vector{compute(), startup()};
  objectives[1].weight = 0.01;
  auto profile = profile_of(objectives);
  profile.candidates = {"docker", "vm"};
  const auto advice = advise(profile, runs());
  ASSERT_THAT(names(advice.ranked), ElementsAre("docker", "vm"));
  bool seen = false;
  for (const auto& swing : advice.swings) {
    if (!swing.is_weight || swing.objective != "startup") continue;
    seen = true;
    EXPECT_GT(swing.then, swing.now);
    profile.objectives[1].weight = swing.then * 1.05;
    EXPECT_THAT(names(advise(profile, runs()).ranked), ElementsAre("vm", "docker"));
    profile.objectives[1].weight = swing.then * 0.95;
    EXPECT_THAT(names(advise(profile, runs()).ranked), ElementsAre("docker", "vm"));
  }
  EXPECT_TRUE(seen);
}

TEST(Advice, RareRequestsMakeStartsWeighMore) {
  auto profile = profile_of({compute(), startup()});
  profile.arrival = Arrival::kRare;
  const auto advice = advise(profile, runs());
  EXPECT_EQ(advice.ranked[0].evidence[0].weight, 1);
  EXPECT_EQ(advice.ranked[0].evidence[1].weight, 4);
}

TEST(Advice, WhatIsStatedCountsAndIsNoMeasurement) {
  auto profile = profile_of({compute()});
  profile.candidates = {"process", "docker"};
  profile.stated = {{"operation", "process", 5, 1}, {"operation", "docker", 1, 1}};
  const auto advice = advise(profile, runs());
  ASSERT_THAT(names(advice.ranked), ElementsAre("docker", "process"));
  EXPECT_TRUE(advice.ranked[0].evidence[1].stated);
  EXPECT_THAT(advice.ranked[0].evidence[1].cells, IsEmpty());
}

TEST(Advice, WhatIsOnlyStatedRanksNobody) {
  auto elsewhere = compute();
  elsewhere.workloads = {"disk/*"};
  auto profile = profile_of({elsewhere});
  profile.stated = {{"operation", "docker", 1, 1}};
  const auto advice = advise(profile, runs());
  EXPECT_THAT(advice.ranked, IsEmpty());
  EXPECT_FALSE(advice.decided);
}

TEST(Advice, AnArchitectureWithoutAResultIsNotSettled) {
  auto profile = profile_of({compute()});
  profile.architectures = {"x86_64", "aarch64"};
  const auto advice = advise(profile, runs());
  ASSERT_EQ(advice.ranked[0].unsettled.size(), 1U);
  EXPECT_EQ(advice.ranked[0].unsettled[0].need, "architecture aarch64");
}

TEST(Advice, NothingMeasuredGivesNoRecommendation) {
  auto profile = profile_of({compute()});
  profile.candidates = {"elsewhere"};
  const auto advice = advise(profile, runs());
  EXPECT_THAT(advice.ranked, IsEmpty());
  EXPECT_FALSE(advice.decided);
  EXPECT_THAT(advice.why, HasSubstr("no candidate"));
}

}  // namespace
}  // namespace strata::results
