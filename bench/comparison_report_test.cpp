#include "bench/comparison_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/percent_text.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

results::Comparison sample() {
  results::Comparison comparison;
  comparison.baseline = "process";
  results::Compared slower;
  slower.workload = "os/getppid";
  slower.target = "docker";
  slower.metric = "real_time";
  slower.unit = "ns";
  slower.median = 85;
  slower.reference = 77;
  slower.ratio = results::Estimate{1.1, results::Interval{1.09, 1.12}, 12};
  slower.smallest_seen = 0.0213;
  slower.verdict = results::Verdict::kSlower;
  auto few = slower;
  few.workload = "odd|name_with*marks";
  few.ratio->interval.reset();
  few.smallest_seen.reset();
  few.verdict = results::Verdict::kUndecided;
  few.why = "3 pairs: 6 are the least that give a 95 % interval";
  comparison.cells = {slower, few};
  auto group = slower;
  group.workload = "os";
  group.cells = 2;
  group.verdict = results::Verdict::kEquivalent;
  comparison.groups = {group};
  comparison.differences = {{"cpu.model", "A", "", true}, {"load.1m", "0.1", "0.2", false}};
  comparison.warnings = {"1 of 20 trials failed"};
  return comparison;
}

TEST(ComparisonReport, ShowsNoRatioWithoutItsInterval) {
  const auto text = comparison_table(sample(), false);
  EXPECT_THAT(text, HasSubstr("os/getppid           real_time  77.0 ns   85.0 ns   1.10x [1.09, "
                              "1.12]  2.13 %     slower\n"));
  EXPECT_THAT(text, HasSubstr("85.0 ns   -                   -          undecided: 3 pairs"));
  EXPECT_THAT(text, HasSubstr("os (2 cells)"));
  EXPECT_THAT(text, HasSubstr("equivalent within 2.00 %"));
  EXPECT_THAT(text, HasSubstr("  cpu.model  A    (unknown)\n"));
  EXPECT_THAT(text, HasSubstr("  load.1m    0.1  0.2        (passing)\n"));
  EXPECT_THAT(text, HasSubstr("warning: 1 of 20 trials failed\n"));
  EXPECT_THAT(text, HasSubstr("Benjamini-Hochberg over 2 cells"));
}

TEST(ComparisonReport, UsesColoursOnlyWhereAsked) {
  EXPECT_THAT(comparison_table(sample(), false), Not(HasSubstr("\033")));
  EXPECT_THAT(comparison_table(sample(), true), HasSubstr(std::string(kYellow) + "slower"));
}

TEST(ComparisonReport, SaysWhichCorrectionHolds) {
  auto comparison = sample();
  comparison.options.gate = true;
  EXPECT_THAT(comparison_table(comparison, false),
              HasSubstr("even one false among 2 cells (Holm)"));
}

TEST(ComparisonReport, NamesCantBreakAMarkdownTable) {
  const auto text = comparison_markdown(sample());
  EXPECT_THAT(text, HasSubstr("| docker | odd\\|name\\_with\\*marks | real\\_time |"));
  EXPECT_THAT(text, HasSubstr("> **Warning:** 1 of 20 trials failed"));
}

TEST(ComparisonReport, GivesProgramsEverything) {
  const auto json = nlohmann::json::parse(comparison_json(sample()));
  EXPECT_EQ(json["cells"][0]["ratio"]["interval"][1], 1.12);
  EXPECT_EQ(json["cells"][0]["verdict"], "slower");
  EXPECT_FALSE(json["cells"][1].contains("ratio"));
  EXPECT_EQ(json["groups"][0]["cells"], 2);
  EXPECT_EQ(json["differences"][1]["matters"], false);
  EXPECT_EQ(json["correction"], "benjamini-hochberg");
}

TEST(PercentText, NeedsItsSign) {
  EXPECT_DOUBLE_EQ(parse_percent("1%", "--margin"), 0.01);
  EXPECT_DOUBLE_EQ(parse_percent("0.5 %", "--margin"), 0.005);
  for (const char* const wrong : {"", "1", "%", "0%", "-1%", "101%", "nan%", "1%%", "x%"}) {
    EXPECT_THROW(parse_percent(wrong, "--margin"), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace strata::bench
