#include "plots/vega_renderer.h"

#include <gtest/gtest.h>

#include "plots/embedded_files.h"
#include "plots/program_answer.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

using namespace std::chrono_literals;

Chart small_chart() {
  Chart chart;
  chart.id = "small";
  chart.title = "A <title> & more";
  chart.caption = "caption";
  chart.specification = {
      {"data",
       {{"values", nlohmann::json::array({{{"x", 1}, {"y", "</svg>"}}, {{"x", 2}, {"y", "b"}}})}}},
      {"mark", "bar"},
      {"encoding",
       {{"x", {{"field", "x"}, {"type", "quantitative"}}},
        {"y", {{"field", "y"}, {"type", "nominal"}}}}}};
  return chart;
}

TEST(VegaRenderer, DrawsTheSameBytesEachTime) {
  if (!has_vega()) {
    EXPECT_THROW(draw(small_chart(), ImageFormat::kSvg), UsageError);
    GTEST_SKIP() << "this build has no Vega";
  }
  const auto svg = draw(small_chart(), ImageFormat::kSvg);
  EXPECT_TRUE(svg.starts_with("<svg"));
  EXPECT_NE(svg.find("A &lt;title&gt; &amp; more"), std::string::npos);
  EXPECT_NE(svg.find("&lt;/svg&gt;"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(svg.find("currentColor"), std::string::npos);
  EXPECT_EQ(draw(small_chart(), ImageFormat::kSvg), svg);
  const auto png = draw(small_chart(), ImageFormat::kPng);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(draw(small_chart(), ImageFormat::kPng), png);
  const auto pdf = draw(small_chart(), ImageFormat::kPdf);
  EXPECT_TRUE(pdf.starts_with("%PDF-"));
  EXPECT_EQ(draw(small_chart(), ImageFormat::kPdf), pdf);
}

TEST(RunProgram, HandsOverWhatAProgramSaid) {
  const auto answer = run_program({"sh", "-c", "cat; echo bad >&2; exit 3"}, "in\n", 30s, "");
  EXPECT_EQ(answer.exit_code, 3);
  EXPECT_EQ(answer.output, "in\n");
  EXPECT_EQ(answer.errors, "bad\n");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}, "", 30s, "").exit_code, 137);
}

TEST(RunProgram, SaysHowToComeByAProgramThatIsMissing) {
  try {
    run_program({"strata-no-such-program"}, "", 30s, "install it");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().tried, "run strata-no-such-program");
    EXPECT_EQ(error.failure().do_next, "install it");
  }
}

TEST(RunProgram, EndsOneThatIsNotDoneInTime) {
  EXPECT_THROW(run_program({"sleep", "600"}, "", 0s, ""), Error);
}

}  // namespace
}  // namespace strata::plots
