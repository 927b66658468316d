#include "plots/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plots/charts/charts.h"
#include "plots/page_shell.h"
#include "plots/raw_result.h"
#include "plots/testing/sample_result.h"
#include "results/testing/folder.h"

namespace strata::plots {
namespace {

using testing::sample_run;
using testing::write_sample;

class Report : public ::testing::Test {
 protected:
  RunView view_of(const testing::SampleRun& run) {
    return RunView::load(write_sample(folder_.path(), run));
  }
  std::string html_of(const testing::SampleRun& run) {
    const auto view = view_of(run);
    return report_html({view, nullptr, {}, nullptr});
  }
  results::testing::Folder folder_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_F(Report, TellsWhatEachParadigmCosts) {
  const auto html = html_of(sample_run());
  EXPECT_NE(html.find("Bare process</h2>"), std::string::npos);
  EXPECT_NE(html.find("160 ms <small>to start ["), std::string::npos);
  EXPECT_NE(html.find("Software emulation (TCG)"), std::string::npos);
  EXPECT_NE(
      html.find("kvm-microvm</bdi></b> was not measured: start a guest: it hung; give it hardware"),
      std::string::npos);
}

TEST_F(Report, FoldsRowsOnWhichNothingWasFoundAndCountsThem) {
  auto run = sample_run();
  run.workloads = {"os/a", "os/b", "os/c"};
  for (auto& target : run.targets) target.ratio = 1;
  const auto html = html_of(run);
  EXPECT_NE(html.find("3 rows on which no difference was found on any target"), std::string::npos);
}

TEST_F(Report, ShowsHostileNamesAsText) {
  const std::string hostile =
      "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\n\u202e";
  auto run = sample_run();
  run.workloads = {"os/" + hostile, "os/" + std::string(4096, 'x')};
  run.targets[1].target.facts["engine"] = hostile;
  run.targets[1].target.options["runtime"] = hostile;
  const auto html = html_of(run);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_NE(html.find("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"), std::string::npos);
  // Its own: data, three bundles of Vega (if built in), and its script.
  EXPECT_EQ(count(html, "<script"), count(html, "</script>"));
}

TEST_F(Report, IsTheSameFromTheSameResult) {
  const auto view = view_of(sample_run());
  EXPECT_EQ(report_html({view, nullptr, {}, nullptr}), report_html({view, nullptr, {}, nullptr}));
}

TEST_F(Report, CarriesTheRawResult) {
  const auto view = view_of(sample_run());
  const auto html = report_html({view, nullptr, {}, nullptr});
  EXPECT_NE(html.find(raw_result(view.file(), 1UL << 20U)), std::string::npos);
  EXPECT_EQ(raw_result(view.file(), 10), "");
}

// A page is sent around: the suite `standard` on six targets has to stay below 3 MiB.
TEST(ReportOfTheReferenceResult, IsSmallEnoughToBeSent) {
  constexpr std::size_t kLimit = 3UL << 20U;
  const auto html = report_html({RunView::load(STRATA_REFERENCE), nullptr, {}, nullptr});
  EXPECT_LT(html.size(), kLimit);
  EXPECT_EQ(count(html, "id=\"download\""), 1U) << "with its raw result";
}

TEST(PageShell, NamesScriptsInItsPolicyByTheirDigest) {
  EXPECT_EQ(policy_hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
  EXPECT_EQ(base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  const auto html = page_html({"a <title>", "<p>body</p>", ""}, {{"text", "</script>"}}, false);
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(html.find("unsafe"), std::string::npos);
  EXPECT_NE(html.find("<title>a &lt;title&gt;</title>"), std::string::npos);
  EXPECT_NE(html.find(R"({"text":"\u003c/script>"})"), std::string::npos);
}

}  // namespace
}  // namespace strata::plots
