#include "plots/exports/exports.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "plots/surprises.h"
#include "plots/testing/sample_result.h"
#include "results/testing/folder.h"

namespace strata::plots {
namespace {

class Exports : public ::testing::Test {
 protected:
  RunView view_of(const testing::SampleRun& run) {
    return RunView::load(testing::write_sample(folder_.path(), run));
  }
  results::testing::Folder folder_;
};

TEST_F(Exports, MarkdownTellsTheAnswerAndEscapesNames) {
  auto run = testing::sample_run();
  run.workloads[1] = "os/|<b>_x_\n";
  const auto text = summary_markdown(view_of(run));
  EXPECT_NE(text.find("- **container** (docker): starts in **160 ms**"), std::string::npos) << text;
  EXPECT_NE(text.find("os/\\|&lt;b>\\_x\\_ "), std::string::npos);
  EXPECT_EQ(text.find("<b>"), std::string::npos);
  EXPECT_NE(text.find("Software emulation (TCG)"), std::string::npos);
}

TEST_F(Exports, CsvHasALineForEachCell) {
  auto run = testing::sample_run();
  run.workloads[1] = "os/a,\"b\"";
  const auto csv = cells_csv(view_of(run));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 4);
  EXPECT_NE(csv.find("\"os/a,\"\"b\"\"\",docker,real_time,ns,lower,8,0,1"), std::string::npos)
      << csv;
  EXPECT_NE(csv.find(",slower\r\n"), std::string::npos);
}

TEST_F(Exports, JunitIsAFileThatParsersTake) {
  const auto xml = cells_junit(view_of(testing::sample_run()));
  EXPECT_NE(xml.find("tests=\"13\" failures=\"0\" skipped=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<skipped message=\"start a guest: it hung; give it hardware\"/>"),
            std::string::npos);
  EXPECT_EQ(xml.find("<b>"), std::string::npos);
}

TEST_F(Exports, OpenMetricsEndAsTheFormatSays) {
  auto run = testing::sample_run();
  run.workloads[1] = "os/a\"b\\c\nd";
  const auto text = cells_openmetrics(view_of(run));
  EXPECT_TRUE(text.ends_with("# EOF\n"));
  EXPECT_NE(text.find(R"(workload="os/a\"b\\c\nd",target="docker")"), std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("# ") || line.starts_with("strata_")) << line;
  }
}

TEST_F(Exports, SurprisesAreFarFromTheirGroup) {
  auto run = testing::sample_run();
  run.targets[1].ratio = 3;  // docker, on every workload: alone in its group each
  run.targets[1].target.facts["scratch"] = "overlay on ext4";
  run.workloads = {"disk/fsync", "os/getppid"};
  const auto lines = surprises_in(view_of(run));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("disk/fsync on docker: 3.0") ||
              lines[1].starts_with("disk/fsync on docker: 3.0"))
      << lines[0];
  EXPECT_TRUE(lines[0].ends_with("; scratch: overlay on ext4") ||
              lines[1].ends_with("; scratch: overlay on ext4"));
  // The emulated guest costs 12 times as much, which surprises nobody.
  for (const auto& line : lines) EXPECT_EQ(line.find("kvm"), std::string::npos);
}

}  // namespace
}  // namespace strata::plots
