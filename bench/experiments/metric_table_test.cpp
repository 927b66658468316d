#include "bench/experiments/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::bench {
namespace {

using ::testing::ElementsAre;

results::ResultHead head() {
  results::ResultHead head;
  head.header.targets = {{"process", "process", {}, {}}, {"docker", "docker", {}, {}}};
  const auto add = [&](const char* target, const char* metric, double value, bool control = false) {
    results::CellSummary cell;
    cell.workload = "burst/8";
    cell.target = target;
    cell.metric = metric;
    cell.unit = "ns";
    cell.control = control;
    cell.location = {value, results::Interval{value * 0.9, value * 1.1}, 7};
    head.summary.cells.push_back(cell);
  };
  add("process", "ready[8]", 8e6);
  add("process", "ready[8]", 9e6, true);
  add("process", "ready[1]", 1e6);
  add("docker", "ready[1]", 2e6);
  add("docker", "ready[10]", 3e6);
  add("docker", "ready[x]", 3e6);
  add("docker", "already[5]", 3e6);
  return head;
}

TEST(MetricTable, ShowsTargetsSideBySideAndLeavesEmptyRowsOut) {
  EXPECT_EQ(metric_table(head(), "ready:",
                         {{"1", "burst/8", "ready[1]"},
                          {"8", "burst/8", "ready[8]"},
                          {"9", "burst/8", "ready[9]"}},
                         false),
            R"(
ready:  process                docker
1       1.00 ms [0.900, 1.10]  2.00 ms [1.80, 2.20]
8       8.00 ms [7.20, 8.80]   -
)");
  EXPECT_EQ(metric_table(head(), "none:", {{"9", "burst/8", "ready[9]"}}, false), "");
}

TEST(PointsOf, FindsTheCurveOfAnyTarget) {
  EXPECT_THAT(points_of(head(), "burst/8", "ready"), ElementsAre(1, 8, 10));
  EXPECT_THAT(points_of(head(), "burst/9", "ready"), ElementsAre());
}

TEST(IsPointOf, TakesNothingElse) {
  double x = 0;
  EXPECT_TRUE(is_point_of("pause[0.5]", "pause", x));
  EXPECT_EQ(x, 0.5);
  for (const char* const other : {"pause", "pause[]", "pause[", "pause]", "pause[1", "pause[1]x",
                                  "pause[1x]", "pause[nan]", "pause[inf]", "pauses[1]", ""}) {
    EXPECT_FALSE(is_point_of(other, "pause", x)) << other;
  }
}

TEST(Thinned, KeepsEndsAndPowersOfTwo) {
  EXPECT_THAT(thinned({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), ElementsAre(1, 2, 4, 8, 10));
  EXPECT_THAT(thinned({}), ElementsAre());
  EXPECT_THAT(thinned({3}), ElementsAre(3));
}

}  // namespace
}  // namespace strata::bench
