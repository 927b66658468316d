#include "results/claims/claim_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace strata::results {
namespace {

using ::testing::HasSubstr;

/// `blocks` blocks of process with its control arm and of docker, which takes `ratio` times as
/// long; noise of one in a hundred.
MeasuredRun run_of(std::uint32_t blocks, double ratio, double control = 1) {
  std::mt19937_64 random(4);
  std::lognormal_distribution<double> noise(0, 0.01);
  MeasuredRun run;
  run.head.header.baseline = "process";
  run.head.header.targets = {{"process", "process", {}, {{"accelerator", "native"}}},
                             {"docker", "docker", {}, {{"accelerator", "native"}}},
                             {"vm", "kvm", {}, {{"accelerator", "tcg"}}}};
  run.head.header.unavailable_targets = {{"kvm", {"open /dev/kvm", "No such file", ""}}};
  for (std::uint32_t block = 0; block < blocks; ++block) {
    for (const int arm : {0, 1, 2}) {
      Trial trial;
      trial.workload = "os/getppid";
      trial.target = arm == 2 ? "docker" : "process";
      trial.control = arm == 1;
      trial.block = block;
      const double factor = arm == 2 ? ratio : arm == 1 ? control : 1;
      trial.metrics = {{"real_time", 100 * factor * noise(random), "ns", Better::kLower}};
      run.measurements.add(trial);
    }
  }
  return run;
}

Claim at_most(double bound) {
  Claim claim;
  claim.id = "a";
  claim.metric = "real_time";
  claim.workloads = {"os/*"};
  claim.target = "docker";
  claim.baseline = "process";
  claim.bound = bound;
  return claim;
}

CheckedClaim check(const Claim& claim, const MeasuredRun& run) {
  return check_claims({"x", "", {claim}}, run).at(0);
}

TEST(CheckClaims, SupportsAndRefutesOnlyBeyondTheInterval) {
  const auto run = run_of(20, 1.1);
  EXPECT_EQ(check(at_most(1.2), run).verdict, ClaimVerdict::kSupported);
  EXPECT_EQ(check(at_most(1.05), run).verdict, ClaimVerdict::kRefuted);
  auto claim = at_most(1.05);
  claim.relation = Claim::Relation::kAtLeast;
  EXPECT_EQ(check(claim, run).verdict, ClaimVerdict::kSupported);
  claim.bound = 1.2;
  EXPECT_EQ(check(claim, run).verdict, ClaimVerdict::kRefuted);
  claim.relation = Claim::Relation::kWithin;
  EXPECT_EQ(check(claim, run).verdict, ClaimVerdict::kSupported);
  claim.bound = 0.02;
  EXPECT_EQ(check(claim, run).verdict, ClaimVerdict::kRefuted);
}

TEST(CheckClaims, SaysHowManyMoreBlocksItWouldTake) {
  const auto run = run_of(12, 1.1);
  const auto estimate = check(at_most(2), run).rows.at(0).estimate;
  const auto open = check(at_most(estimate->value * 1.002), run);
  EXPECT_EQ(open.verdict, ClaimVerdict::kUndecided);
  ASSERT_TRUE(open.rows[0].more_blocks);
  EXPECT_GT(*open.rows[0].more_blocks, 1U);
  EXPECT_LT(*open.rows[0].more_blocks, 1000U);
  const auto few = check(at_most(2), run_of(4, 1.1));
  EXPECT_EQ(few.verdict, ClaimVerdict::kUndecided);
  EXPECT_EQ(few.rows[0].more_blocks, 2U);
}

TEST(CheckClaims, ABaselineThatDiffersFromItselfSpoilsTheRun) {
  const auto checked = check(at_most(1.2), run_of(20, 1.1, 1.05));
  EXPECT_EQ(checked.verdict, ClaimVerdict::kInvalid);
  EXPECT_THAT(checked.why, HasSubstr("the baseline differs from itself"));
  auto other_work = run_of(20, 1.1);
  other_work.head.summary.differing_checksums = {"os/getppid"};
  EXPECT_EQ(check(at_most(1.2), other_work).verdict, ClaimVerdict::kInvalid);
}

TEST(CheckClaims, ADisturbedRunIsInvalidAndAMarkedTrialIsNot) {
  for (const std::uint32_t marked : {9U, 11U}) {
    auto run = run_of(20, 1.1);
    // run_of() has no marks: the same trials once more with them, under a name of their own.
    for (std::uint32_t block = 0; block < 20; ++block) {
      for (const char* const target : {"process", "docker"}) {
        Trial trial;
        trial.workload = "os/other";
        trial.target = target;
        trial.block = block;
        trial.metrics = {{"real_time", 100.0 + block % 3, "ns", Better::kLower},
                         {"disturbed", block < marked ? 1.0 : 0.0, "", Better::kLower}};
        run.measurements.add(trial);
      }
    }
    auto claim = at_most(1.2);
    claim.workloads = {"os/other"};
    EXPECT_EQ(check(claim, run).verdict,
              marked > 10 ? ClaimVerdict::kInvalid : ClaimVerdict::kSupported);
  }
}

TEST(CheckClaims, OneOfSeveralLooksTakesItsShareOfTheError) {
  const auto run = run_of(20, 1.1);
  const ClaimFile file{"f", "", {at_most(1.2)}};
  const auto once = check_claims(file, run)[0].rows[0].estimate->interval;
  const auto thrice = check_claims(file, run, kThreeLooks)[0].rows[0].estimate->interval;
  EXPECT_LT(thrice->low, once->low);
  EXPECT_GT(thrice->high, once->high);
}

TEST(CheckClaims, SaysWhatCantBeMeasuredAndWhy) {
  const auto run = run_of(20, 1.1);
  const auto why = [&](const Claim& claim) {
    const auto checked = check(claim, run);
    EXPECT_EQ(checked.verdict, ClaimVerdict::kNotMeasurable);
    return checked.why;
  };
  auto claim = at_most(1.2);
  claim.target = "kvm";
  EXPECT_EQ(why(claim), "target kvm: open /dev/kvm: No such file");
  claim.target = "faas";
  EXPECT_EQ(why(claim), "no trial of the run was on faas");
  claim.target = "vm";
  EXPECT_EQ(why(claim), "vm ran under software emulation (tcg)");
  claim.needs = {"kvm"};
  EXPECT_EQ(why(claim), "it needs kvm, and vm ran with tcg");
  claim = at_most(1.2);
  claim.workloads = {"disk/*"};
  EXPECT_EQ(why(claim), "the run has no workload that the claim is about");
  claim = at_most(1.2);
  claim.metric = "p99";
  EXPECT_EQ(why(claim), "no trial measured \"p99\"");
  claim = at_most(1.2);
  claim.kind = Claim::Kind::kAbsolute;
  claim.unit = "MiB";
  EXPECT_EQ(why(claim), "units don't match: it is measured in \"ns\", the claim is in \"MiB\"");
  claim.unmeasurable = "it is advice";
  EXPECT_EQ(why(claim), "it is advice");
}

TEST(CheckClaims, AbsoluteValuesAndDifferencesAreInTheClaimsUnit) {
  const auto run = run_of(20, 1.1);
  auto claim = at_most(0.12);
  claim.kind = Claim::Kind::kAbsolute;
  claim.unit = "us";
  auto checked = check(claim, run);
  EXPECT_EQ(checked.verdict, ClaimVerdict::kSupported);
  EXPECT_NEAR(checked.rows[0].estimate->value, 0.11, 0.002);
  claim.bound = 0.1;
  EXPECT_EQ(check(claim, run).verdict, ClaimVerdict::kRefuted);
  claim.kind = Claim::Kind::kDifference;
  claim.bound = 15;
  claim.unit = "ns";
  checked = check(claim, run);
  EXPECT_EQ(checked.verdict, ClaimVerdict::kSupported);
  EXPECT_NEAR(checked.rows[0].estimate->value, 10, 1);
}

TEST(CheckClaims, AHighPercentileNeedsItsNumberOfTrials) {
  auto claim = at_most(200);
  claim.kind = Claim::Kind::kAbsolute;
  claim.unit = "ns";
  claim.quantile = 0.99;
  // 298 trials give no one-sided 95 % bound above the p99, 299 do: ln 0.05 / ln 0.99 = 298.07.
  EXPECT_EQ(check(claim, run_of(298, 1.1)).verdict, ClaimVerdict::kUndecided);
  EXPECT_EQ(check(claim, run_of(299, 1.1)).verdict, ClaimVerdict::kSupported);
}

}  // namespace
}  // namespace strata::results
