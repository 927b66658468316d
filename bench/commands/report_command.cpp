#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "bench/commands/command.h"
#include "plots/report.h"
#include "results/output_file.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata report out/monday
  strata report out/monday/result.json -o monday.html)";

struct Flags {
  std::string result;
  std::string output;
};

int report(const Flags& flags) {
  const auto view = plots::RunView::load(flags.result);
  const auto path = flags.output.empty() ? view.file().parent_path() / "report.html"
                                         : std::filesystem::path(flags.output);
  auto file = results::OutputFile::next_version_of(path);
  file.buffer() = plots::report_html(view);
  file.flush();
  file.replace();
  fmt::print("report: {}\n", path.string());
  return kExitDone;
}

}  // namespace

Command add_report_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command =
      app.add_subcommand("report", "Make a page of a result: one file, which opens from disk");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command->add_option("result", flags->result, "A result.json or its folder")->required();
  command->add_option("-o,--output", flags->output,
                      "The page; report.html beside the result if not given");
  return {command, [flags] { return report(*flags); }};
}

}  // namespace strata::bench
