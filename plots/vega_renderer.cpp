#include "plots/vega_renderer.h"

#include <nlohmann/json.hpp>

#include "plots/embedded_files.h"
#include "plots/program_answer.h"
#include "results/json_text.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

constexpr std::chrono::seconds kLimit(60);

std::string checked(const ProgramAnswer& answer, const std::string& tried) {
  if (answer.exit_code == 0) return answer.output;
  throw Error(
      tried, "exit code " + std::to_string(answer.exit_code) + ": " + answer.errors.substr(0, 2000),
      "-o x.json writes the specification, for other programs");
}

/// A bundle as a plain script: hidden from it is what would make it take itself for a module.
std::string as_script(std::string_view bundle) {
  std::string script = "(function(exports, module, require, define) {";
  script += bundle;
  return script + "\n}).call(globalThis);\n";
}

std::string svg_of(const Chart& chart) {
  if (!has_vega()) {
    throw UsageError("draw " + chart.id, "this build of Strata has no Vega, since npm was missing",
                     "-o x.json writes the specification; or build again with npm");
  }
  auto program = as_script(embedded::vega()) + as_script(embedded::vega_lite());
  // A JSON text is a JavaScript string once it is dumped a second time.
  program += "globalThis.specification = JSON.parse(" +
             results::dumped(results::dumped(complete_specification(chart))) + ");\n";
  program += embedded::draw_script();
  program += embedded::render_script();
  return checked(
      run_program({"node", "-"}, program, kLimit, "apt-get install nodejs; or -o x.json"),
      "draw " + chart.id + " with Vega on Node.js");
}

}  // namespace

std::string draw(const Chart& chart, ImageFormat format) {
  auto svg = svg_of(chart);
  if (format == ImageFormat::kSvg) return svg;
  const bool png = format == ImageFormat::kPng;
  // The date would make every PDF another; cairo takes it from the environment.
  return checked(run_program({"env", "SOURCE_DATE_EPOCH=0", "rsvg-convert", "--format",
                              png ? "png" : "pdf", "--zoom", png ? "2" : "1"},
                             svg, kLimit, "apt-get install librsvg2-bin; or -o x.svg"),
                 "convert " + chart.id + " with rsvg-convert (Debian: librsvg2-bin)");
}

}  // namespace strata::plots
