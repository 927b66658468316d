#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "bench/commands/command.h"
#include "bench/comparison_report.h"
#include "bench/percent_text.h"
#include "results/comparison.h"
#include "results/result_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata compare out/monday/result.json
  strata compare out/monday/result.json --baseline docker --metric startup,peak_memory
  strata compare out/monday out/tuesday --gate
exit code: 0 done, 1 with --gate if anything is slower, 2 wrong use)";

struct Flags {
  std::vector<std::string> files;
  std::string baseline;
  std::vector<std::string> metrics;
  std::string margin = "2%";
  bool gate = false;
  bool json = false;
  bool markdown = false;
};

/// A folder stands for the result in it.
results::MeasuredRun read(const std::string& word, const std::vector<std::string>& metrics) {
  const auto file = results::result_file(word);
  auto run = results::read_measurements(file, metrics);
  std::set<std::string> known;
  for (const auto& cell : run.head.summary.cells) known.insert(cell.metric);
  for (const auto& metric : metrics) {
    if (known.contains(metric)) continue;
    throw UsageError(fmt::format("compare {} in {}", metric, file.string()),
                     "no trial has such a metric",
                     suggest(metric, std::vector<std::string>(known.begin(), known.end())));
  }
  return run;
}

results::Comparison make(const Flags& flags) {
  results::ComparisonOptions options;
  options.baseline = flags.baseline;
  options.metrics = flags.metrics;
  options.margin = parse_percent(flags.margin, "--margin");
  options.gate = flags.gate;
  const auto first = read(flags.files[0], flags.metrics);
  options.headline = headline_metrics(first.head.header);
  if (flags.files.size() == 1) return results::compare_targets(first, options);
  if (!flags.baseline.empty()) {
    throw UsageError("strata compare --baseline", "two runs are compared with each other",
                     "leave --baseline out, or name one result");
  }
  const auto second = read(flags.files[1], flags.metrics);
  options.headline.merge(headline_metrics(second.head.header));
  return results::compare_runs(first, second, options);
}

int compare(const Flags& flags) {
  const auto comparison = make(flags);
  if (flags.json) {
    fmt::print("{}", comparison_json(comparison));
  } else if (flags.markdown) {
    fmt::print("{}", comparison_markdown(comparison));
  } else {
    fmt::print("{}", comparison_table(comparison, wants_colour(STDOUT_FILENO)));
  }
  const bool slower = std::ranges::any_of(comparison.cells, [](const results::Compared& cell) {
    return cell.verdict == results::Verdict::kSlower;
  });
  return flags.gate && slower ? kExitFailed : kExitDone;
}

}  // namespace

Command add_compare_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "compare", "Say which targets of a run, or which cells of two runs, are slower or faster");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command
      ->add_option("results", flags->files,
                   "One result.json (or its folder): targets against the baseline, paired by "
                   "block; two: the second against the first")
      ->required()
      ->expected(1, 2);
  command->add_option("--baseline", flags->baseline,
                      "The target the others are divided by; the run's own if it is not given");
  command
      ->add_option("--metric", flags->metrics,
                   "Metrics to compare, separated by commas; if not given, each workload's "
                   "headline metric, and startup")
      ->delimiter(',');
  command->add_option("--margin", flags->margin, "How much is still called equivalent, such as 2%");
  command->add_flag("--gate", flags->gate,
                    "Verdicts decide something: hold the chance of even one false among all cells "
                    "to 5 % (Holm), and exit with 1 if anything is slower");
  auto* const json = command->add_flag("--json", flags->json, "Print JSON");
  command->add_flag("--markdown", flags->markdown, "Print Markdown, as for a GitHub step summary")
      ->excludes(json);
  return {command, [flags] { return compare(*flags); }};
}

}  // namespace strata::bench
