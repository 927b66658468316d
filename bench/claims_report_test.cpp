#include "bench/claims_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace strata::bench {
namespace {

using results::ClaimVerdict;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<results::HeldClaims> sample(ClaimVerdict verdict) {
  results::CheckedClaim checked;
  checked.claim.id = "a<b|c";
  checked.claim.statement = "takes at most 5 % more";
  checked.claim.source = {"A paper", "3", 2015, "10.1/2"};
  checked.claim.target = "docker";
  checked.claim.baseline = "process";
  checked.verdict = verdict;
  results::ClaimRow row;
  row.workload = "os/getppid";
  row.measured = "real_time";
  row.unit = "x";
  row.bound = 1.05;
  row.estimate = results::Estimate{1.1, results::Interval{1.09, 1.12}, 12};
  row.verdict = verdict;
  checked.rows = {row};
  if (verdict == ClaimVerdict::kUndecided) {
    checked.rows[0].why = checked.why = "the interval holds the bound";
    checked.rows[0].more_blocks = 7;
  }
  return {{{"felter", "what it says", {checked.claim}}, {checked}}};
}

TEST(ClaimsReport, ShowsSourceIntervalBoundAndVerdict) {
  const auto text = claims_table(sample(ClaimVerdict::kRefuted), false);
  EXPECT_THAT(text, HasSubstr("A paper, 3, 2015, 10.1/2"));
  EXPECT_THAT(text, HasSubstr("cost over process  1.10x [1.09, 1.12]  at most 1.05x  refuted\n"));
  EXPECT_THAT(text, HasSubstr("\n1 refuted\n"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(claims_table(sample(ClaimVerdict::kUndecided), true),
              HasSubstr("undecided: the interval holds the bound (about 7 more blocks)"));
}

TEST(ClaimsReport, ExitCodesTellVerdictsApart) {
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kSupported), true), 0);
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kNotMeasurable), true), 0);
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kRefuted), false), 1);
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kUndecided), false), 0);
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kUndecided), true), 3);
  EXPECT_EQ(claims_exit_code(sample(ClaimVerdict::kInvalid), false), 4);
}

TEST(ClaimsReport, JUnitIsXmlWhateverTheNames) {
  const auto refuted = claims_junit(sample(ClaimVerdict::kRefuted), false);
  EXPECT_THAT(refuted, HasSubstr("name=\"a&lt;b|c\""));
  EXPECT_THAT(refuted, HasSubstr("failures=\"1\" skipped=\"0\""));
  EXPECT_THAT(claims_junit(sample(ClaimVerdict::kUndecided), false),
              HasSubstr("<skipped message=\"undecided: the interval holds the bound\">"));
  EXPECT_THAT(claims_junit(sample(ClaimVerdict::kUndecided), true), HasSubstr("<failure "));
  EXPECT_THAT(claims_junit(sample(ClaimVerdict::kSupported), true), HasSubstr("\"a&lt;b|c\"/>"));
}

TEST(ClaimsReport, MarkdownAndJsonHoldEverything) {
  EXPECT_THAT(claims_markdown(sample(ClaimVerdict::kRefuted)),
              HasSubstr("| a\\<b\\|c | os/getppid | docker | real\\_time | cost over process |"));
  const auto json = nlohmann::json::parse(claims_json(sample(ClaimVerdict::kUndecided)));
  const auto& row = json["files"][0]["claims"][0]["rows"][0];
  EXPECT_EQ(row["more_blocks"], 7);
  EXPECT_EQ(row["interval"][0], 1.09);
}

}  // namespace
}  // namespace strata::bench
