#include "plots/charts/charts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

#include "plots/charts/history_charts.h"
#include "plots/testing/sample_history.h"
#include "plots/testing/sample_result.h"
#include "results/json_text.h"
#include "results/testing/folder.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// The same but for the last digits, in which machine types differ.
void expect_same(const Json& actual, const Json& expected, const std::string& where) {
  if (actual.is_number() && expected.is_number()) {
    const auto value = expected.get<double>();
    EXPECT_NEAR(actual.get<double>(), value, 1e-9 * std::max(1.0, std::abs(value))) << where;
    return;
  }
  ASSERT_EQ(actual.type_name(), std::string(expected.type_name())) << where;
  if (!actual.is_structured()) {
    EXPECT_EQ(actual, expected) << where;
    return;
  }
  ASSERT_EQ(actual.size(), expected.size()) << where;
  for (const auto& [key, value] : expected.items()) {
    const auto inside = where + "/" + key;
    if (expected.is_object()) {
      ASSERT_TRUE(actual.contains(key)) << inside;
      expect_same(actual[key], value, inside);
    } else {
      expect_same(actual[std::stoul(key)], value, inside);
    }
  }
}

/// Holds a chart against plots/charts/golden. With STRATA_UPDATE_GOLDEN set it is written there.
void expect_golden(const Chart& chart) {
  const auto file =
      std::filesystem::path(STRATA_GOLDEN) / (chart.id.substr(0, chart.id.find('/')) + ".json");
  const auto actual = complete_specification(chart);
  if (std::getenv("STRATA_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file) << results::dumped(actual, 1) << "\n";
    return;
  }
  const auto text = results::testing::read_file(file);
  ASSERT_FALSE(text.empty()) << file
                             << " is missing: run with STRATA_UPDATE_GOLDEN=1 and look at it";
  expect_same(Json::parse(results::dumped(actual)), Json::parse(text), chart.id);
}

/// One view for all tests: it is only read.
class Charts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<results::testing::Folder>();
    auto run = testing::sample_run();
    run.blocks = 6;
    run.with_curves = true;
    run.targets.push_back(
        {{"docker-host", "docker", {{"runtime", "runc"}, {"network", "host"}}, {}}, 1.5e8, 1.05});
    view_ = std::make_unique<RunView>(RunView::load(testing::write_sample(folder_->path(), run)));
  }
  static void TearDownTestSuite() {
    view_.reset();
    folder_.reset();
  }
  static std::unique_ptr<results::testing::Folder> folder_;
  static std::unique_ptr<RunView> view_;
};
std::unique_ptr<results::testing::Folder> Charts::folder_;
std::unique_ptr<RunView> Charts::view_;

TEST_F(Charts, AreTheSpecificationsThatWereLookedAt) {
  const std::set<std::string> golden{"overview",       "heat-map",
                                     "startup-phases", "startup-distribution",
                                     "group-os",       "curve-burst/4-ready",
                                     "cold-and-warm",  "ladder-docker"};
  std::set<std::string> seen;
  for (const auto& chart : all_charts(*view_)) {
    if (!golden.contains(chart.id)) continue;
    seen.insert(chart.id);
    expect_golden(chart);
  }
  EXPECT_EQ(seen, golden);
}

TEST_F(Charts, HaveATableWithTheSameTitlesInEveryRow) {
  for (const auto& chart : all_charts(*view_)) {
    EXPECT_FALSE(chart.title.empty());
    EXPECT_FALSE(chart.table.rows.empty()) << chart.id;
    for (const auto& row : chart.table.rows)
      EXPECT_EQ(row.size(), chart.table.titles.size()) << chart.id;
  }
}

TEST_F(Charts, GiveATargetOneColourInAllOfThem) {
  std::set<std::string> colours;
  for (const auto& chart : all_charts(*view_)) {
    const auto& encoding = chart.specification.value("encoding", Json::object());
    if (!encoding.contains("color") || encoding["color"].value("field", "") != "target") continue;
    const auto& scale = encoding["color"]["scale"];
    for (std::size_t i = 0; i < scale["domain"].size(); ++i) {
      if (scale["domain"][i] == "docker") colours.insert(scale["range"][i].get<std::string>());
    }
  }
  EXPECT_EQ(colours.size(), 1U);
}

TEST_F(Charts, DrawACurveFromIndexedMetrics) {
  const auto curves = curve_charts(*view_);
  ASSERT_EQ(curves.size(), 1U);
  EXPECT_EQ(curves[0].id, "curve-burst/4-ready");
  EXPECT_EQ(curves[0].table.rows.size(), view_->targets().size() * 4);
  EXPECT_EQ(curves[0].table.rows[0][1], "1.00");
}

TEST_F(Charts, FindTheOneOptionInWhichTargetsDiffer) {
  const auto ladders = ladder_charts(*view_);
  ASSERT_EQ(ladders.size(), 1U);
  EXPECT_EQ(ladders[0].id, "ladder-docker");
  EXPECT_EQ(ladders[0].table.rows[0][1], "network: host");
}

TEST(LogTicks, AreRoundNumbersWithinTheRange) {
  EXPECT_EQ(log_ticks(0.5, 2000), (std::vector<double>{1, 3, 10, 30, 100, 300, 1000}));
  EXPECT_EQ(log_ticks(1, 1.04),
            (std::vector<double>{1, 1.005, 1.01, 1.015, 1.02, 1.025, 1.03, 1.035, 1.04}));
  EXPECT_EQ(log_ticks(0.925, 1),
            (std::vector<double>{0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1}));
  EXPECT_EQ(log_ticks(3, 3), (std::vector<double>{3}));
  EXPECT_TRUE(log_ticks(0, 1).empty());
  EXPECT_TRUE(log_ticks(-1, 5).empty());
}

TEST(HistoryCharts, TellWhatChangedFirst) {
  const results::testing::Folder folder;
  testing::write_sample_history(folder / "history.db", 60, 4);
  const auto history =
      results::History::open(folder / "history.db", results::History::Access::kRead);
  const auto charts = history_charts(history, 3);
  ASSERT_EQ(charts.size(), 3U);
  EXPECT_EQ(charts[0].title, "group2/cell2@docker");
  EXPECT_EQ(charts[1].title, "startup@docker");
  // The machine changed, and then the level.
  std::set<std::string> kinds;
  for (const auto& event : charts[0].specification["layer"][0]["data"]["values"]) {
    kinds.insert(event["kind"].get<std::string>());
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"change", "machine"}));
}

}  // namespace
}  // namespace strata::plots
