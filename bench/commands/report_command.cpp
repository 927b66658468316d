#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "bench/commands/command.h"
#include "bench/report_page.h"
#include "plots/exports/exports.h"
#include "results/history/history.h"
#include "results/output_file.h"
#include "results/result_file.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata report out/monday
  strata report results/reference -o report.html      what the repository has, before the first run
  strata report out/monday out/tuesday -o both.html
  strata report out/monday --claims felter-2015,gvisor --history history.db
  strata report out/monday --markdown >> "$GITHUB_STEP_SUMMARY")";

struct Flags {
  std::vector<std::string> words;
  std::vector<std::string> claims;
  std::string history;
  std::string output;
  bool markdown = false;
  bool csv = false;
  bool junit = false;
  bool openmetrics = false;
};

std::optional<std::string> as_text(const Flags& flags, const plots::RunView& view) {
  if (flags.markdown) return plots::summary_markdown(view);
  if (flags.csv) return plots::cells_csv(view);
  if (flags.junit) return plots::cells_junit(view);
  if (flags.openmetrics) return plots::cells_openmetrics(view);
  return std::nullopt;
}

int report(const Flags& flags) {
  const auto& first = flags.words.front();
  if (const auto text = as_text(flags, plots::RunView::load(first))) {
    if (flags.words.size() > 1) {
      throw UsageError("strata report", "texts are made of one result", "name one, or use compare");
    }
    if (flags.output.empty()) {
      fmt::print("{}", *text);
    } else {
      results::replace_file(flags.output, *text);
    }
    return kExitDone;
  }
  std::optional<results::History> history;
  if (!flags.history.empty()) {
    history.emplace(results::History::open(flags.history, results::History::Access::kRead));
  }
  ReportPage page{first,
                  flags.words.size() > 1 ? flags.words[1] : "",
                  {},
                  history ? &*history : nullptr,
                  flags.output};
  if (!flags.claims.empty()) {
    std::vector<results::ClaimFile> files;
    for (const auto& name : flags.claims) files.push_back(results::load_claims(name));
    const auto run = results::read_for_claims(results::result_file(first), files);
    page.claims = results::hold_claims(std::move(files), run);
  }
  const auto path = write_report_page(std::move(page));
  fmt::print("report: {}\n", path.string());
  return kExitDone;
}

}  // namespace

Command add_report_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "report", "Make a page of a result: one file, which opens from disk; or a text of it");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command
      ->add_option("results", flags->words,
                   "A result.json or its folder; a second one is set beside the first")
      ->required()
      ->expected(1, 2);
  command
      ->add_option("--claims", flags->claims,
                   "Claims to hold against the result, separated by commas: files or shipped names")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--history", flags->history, "Show this history's changes as well");
  command->add_option("-o,--output", flags->output,
                      "The file; report.html beside the result if not given, texts to the console");
  auto* const texts = command->add_option_group("texts", "Instead of a page");
  texts->add_flag("--markdown", flags->markdown, "A summary for a pull request or a step summary");
  texts->add_flag("--csv", flags->csv, "A line a cell");
  texts->add_flag("--junit", flags->junit, "JUnit XML, a test case a cell");
  texts->add_flag("--openmetrics", flags->openmetrics,
                  "OpenMetrics text, for a Prometheus-like store");
  texts->require_option(0, 1);
  return {command, [flags] { return report(*flags); }};
}

}  // namespace strata::bench
