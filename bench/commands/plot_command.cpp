#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "bench/commands/command.h"
#include "plots/charts/charts.h"
#include "plots/vega_renderer.h"
#include "results/json_text.h"
#include "results/output_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata plot overview results/reference -o overview.svg
  strata plot heat-map out/monday -o overhead.svg
  strata plot startup-distribution out/monday/result.json -o startup.pdf
  strata plot group-os out/monday -o os.json     the Vega-Lite specification with its data
  strata plot list out/monday                    what a run has data for)";

struct Flags {
  std::string kind;
  std::string result;
  std::string output;
};

std::string drawn(const plots::Chart& chart, const std::filesystem::path& path) {
  const auto extension = path.extension();
  if (extension == ".json") return results::dumped(plots::complete_specification(chart), 2) + "\n";
  if (extension == ".svg") return plots::draw(chart, plots::ImageFormat::kSvg);
  if (extension == ".png") return plots::draw(chart, plots::ImageFormat::kPng);
  if (extension == ".pdf") return plots::draw(chart, plots::ImageFormat::kPdf);
  throw UsageError(fmt::format("strata plot -o {}", path.string()), "its ending says no format",
                   "take .svg, .png, .pdf or .json");
}

int plot(const Flags& flags) {
  const auto view = plots::RunView::load(flags.result);
  const auto charts = plots::all_charts(view);
  std::vector<std::string> kinds;
  for (const auto& chart : charts) {
    kinds.push_back(chart.id);
    if (flags.kind == "list") fmt::print("{:<24}  {}\n", chart.id, chart.title);
  }
  if (flags.kind == "list") return kExitDone;
  if (flags.output.empty()) {
    throw UsageError("strata plot", "nothing says where to",
                     "add -o FILE.svg, .png, .pdf or .json");
  }
  for (const auto& chart : charts) {
    if (chart.id != flags.kind) continue;
    results::replace_file(flags.output, drawn(chart, flags.output));
    fmt::print("{}\n", flags.output);
    return kExitDone;
  }
  throw UsageError(fmt::format("plot {} of {}", flags.kind, view.file().string()),
                   "the run has no data for such a chart", suggest(flags.kind, kinds));
}

}  // namespace

Command add_plot_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand("plot", "Write one chart of a result as a file");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command->add_option("kind", flags->kind, "Which chart; `list` prints those that there are")
      ->required();
  command->add_option("result", flags->result, "A result.json or its folder")->required();
  command->add_option("-o,--output", flags->output, "The file: .svg, .png, .pdf, or .json");
  return {command, [flags] { return plot(*flags); }};
}

}  // namespace strata::bench
