#include "bench/overhead_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/definition.h"

namespace strata::bench {
namespace {

using results::CellSummary;
using results::Estimate;
using results::Interval;
using testing::HasSubstr;
using testing::Not;

CellSummary cell(std::string workload, std::string target, std::string metric, double value,
                 std::optional<Estimate> overhead, bool control = false) {
  CellSummary result;
  result.workload = std::move(workload);
  result.target = std::move(target);
  result.metric = std::move(metric);
  result.unit = "ns";
  result.control = control;
  result.location = {value, Interval{value * 0.99, value * 1.01}, 7};
  result.overhead = overhead;
  return result;
}

Estimate ratio(double value, double low, double high) { return {value, Interval{low, high}, 7}; }

results::ResultHead head() {
  results::ResultHead head;
  RunDefinition definition;
  definition.programs.emplace_back();
  definition.workloads = {{"os/getppid", "os/getppid", 0, {}, "real_time"}};
  head.header.definition = to_json_text(definition);
  head.header.baseline = "process";
  head.header.targets = {{"process", "process", {}, {}}, {"docker", "docker", {}, {}}};
  head.summary.trials = 21;
  head.summary.cells = {
      cell("", "process", "startup", 700e3, std::nullopt),
      cell("", "process", "startup", 700e3, ratio(1.001, 0.99, 1.02), true),
      cell("", "docker", "startup", 178e6, ratio(254, 248, 260)),
      cell("os/getppid", "process", "real_time", 50, std::nullopt),
      cell("os/getppid", "process", "real_time", 50, ratio(1.0, 0.98, 1.02), true),
      cell("os/getppid", "docker", "real_time", 50.4, ratio(1.008, 0.99, 1.03))};
  return head;
}

TEST(OverheadTable, ShowsMedianRatioAndIntervalSideBySide) {
  EXPECT_EQ(
      overhead_table(head(), false),
      R"(            process (baseline)    docker                                                          noise (A/A)
startup     700 us [693, 707]     178 ms  254x [248, 260]                                         2.00 %
os/getppid  50.0 ns [49.5, 50.5]  50.4 ns  1.01x [0.990, 1.03], no difference found above 3.00 %  2.04 %
medians; NNx: cost over process, paired by block, with its 95 % interval (2x is twice the time, or half the rate)
startup: from the request to the agent's hello
)");
}

TEST(OverheadTable, HasTheHeadlineOfAnExperimentAndNoStartupIfItHasNone) {
  auto burst = head();
  RunDefinition definition;
  definition.programs.emplace_back();
  definition.workloads = {{"burst/8", "", 0, {}, "starts_per_second", "burst", {{"count", "8"}}}};
  burst.header.definition = to_json_text(definition);
  burst.summary.cells = {cell("burst/8", "process", "starts_per_second", 500, std::nullopt)};
  const auto text = overhead_table(burst, false);
  EXPECT_THAT(text, HasSubstr("burst/8 starts_per_second  500 ns [495, 505]"));
  EXPECT_THAT(text, Not(HasSubstr("startup")));
}

TEST(OverheadTable, HidesNothingBehindNoise) {
  auto noisy = head();
  // The interval excludes 1, but the run's own A/A difference is larger.
  noisy.summary.cells[5].overhead = ratio(1.015, 1.01, 1.018);
  EXPECT_THAT(overhead_table(noisy, false), HasSubstr("no difference found above 2.04 %"));
  noisy.summary.cells[5].overhead = ratio(1.5, 1.4, 1.6);
  EXPECT_THAT(overhead_table(noisy, false), HasSubstr("1.50x [1.40, 1.60] "));
}

TEST(OverheadTable, SaysWhereThereIsNoInterval) {
  auto few = head();
  few.summary.cells[2].overhead->interval.reset();
  few.summary.cells[2].overhead->count = 3;
  EXPECT_THAT(overhead_table(few, false), HasSubstr("no interval from 3 pairs"));
}

TEST(OverheadTable, SaysWhatFailed) {
  auto failed = head();
  failed.summary.cells[5].location = {};
  failed.summary.cells[5].overhead.reset();
  failed.summary.cells[5].failed = 7;
  EXPECT_THAT(overhead_table(failed, false), HasSubstr("7 failed"));
}

TEST(OverheadTable, IsColouredOnlyIfAsked) {
  EXPECT_THAT(overhead_table(head(), false), Not(HasSubstr("\033")));
  EXPECT_THAT(overhead_table(head(), true), HasSubstr("\033[33m"));
}

TEST(Remarks, NameWhatTheRunCannotVouchFor) {
  auto bad = head();
  EXPECT_EQ(remarks(bad), "");
  bad.summary.failed = 2;
  bad.summary.differing_checksums = {"os/getppid"};
  bad.header.unavailable_targets["docker"] = {"ask the engine", "nothing answers", "start it"};
  bad.footers.push_back({1, 0, true, "budget of 5 m used up"});
  const auto text = remarks(bad);
  EXPECT_THAT(text, HasSubstr("2 of 21 trials failed"));
  EXPECT_THAT(text, HasSubstr("os/getppid: what it computed differs"));
  EXPECT_THAT(text, HasSubstr("not measured: docker: ask the engine: nothing answers; start it"));
  EXPECT_THAT(text, HasSubstr("budget of 5 m used up"));
}

TEST(SummaryJson, HasEveryCell) {
  const auto json = nlohmann::json::parse(summary_json(head()));
  EXPECT_EQ(json["cells"].size(), 6U);
  EXPECT_EQ(json["baseline"], "process");
  EXPECT_EQ(json["cells"][2]["overhead"]["interval"][0], 248);
}

}  // namespace
}  // namespace strata::bench
