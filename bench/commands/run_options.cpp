#include "bench/commands/run_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "bench/duration_text.h"
#include "bench/experiments/experiment_tables.h"
#include "bench/group_table.h"
#include "bench/overhead_table.h"
#include "bench/percent_text.h"
#include "bench/progress.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

/// Rows that a table on a console may have; a longer one is told by group.
constexpr std::size_t kLongestTable = 24;

ConsoleProgress console_progress() {
  return {stderr, ::isatty(STDERR_FILENO) == 1, monotonic_clock()};
}

int report(const SessionResult& session, const RunOptions& options) {
  if (options.json) {
    fmt::print("{}", summary_json(session.head));
  } else {
    const bool colour = wants_colour(STDOUT_FILENO);
    const auto view = plots::RunView::load(session.result_file);
    const bool is_long = view.rows().size() > kLongestTable;
    fmt::print("\n{}{}\n{}{}",
               is_long ? group_table(view, colour) : overhead_table(session.head, colour),
               experiment_tables(session.head, session.result_file, colour), remarks(session.head),
               surprise_lines(view));
    if (!options.out.empty()) {
      fmt::print("result: {}\n", session.result_file.string());
      fmt::print("a page of it: strata report {}\n", options.out);
    }
  }
  if (session.end.reason == RunEnd::Reason::kInterrupted) return kExitInterrupted;
  return session.head.summary.failed > 0 ? kExitFailed : kExitDone;
}

}  // namespace

void RunOptions::add_to(CLI::App& command) {
  command
      .add_option("--targets", targets,
                  "Targets to measure, separated by commas; the baseline is always among them. "
                  "`strata list targets` shows them")
      ->delimiter(',');
  command
      .add_option(
          "--trials,--blocks", trials,
          "Trials of each workload on each target, one a block (6 or more give a 95 % interval)")
      ->check(CLI::Range(1U, 1'000'000U));
  command.add_option("--precision", precision,
                     "Add blocks until every interval is that narrow to either side, such as 1%; "
                     "at most 200, or --blocks, and within the budget");
  command.add_option("--budget", budget,
                     "Stop before a round that would end later than this: 90s, 5m, 1h30m");
  command.add_option("--trial-timeout", trial_timeout,
                     "Kill a program that runs longer than this; the trial fails, the run goes on");
  command.add_option("--seed", seed, "Seed of the order of the trials; drawn if it is not given");
  command.add_option("--out", out, "New folder for journal.jsonl and result.json");
  command.add_flag("--json", json, "Print the summary as JSON instead of the table");
}

Overrides RunOptions::overrides() const {
  Overrides result;
  result.targets = targets;
  if (trials != 0) result.trials = trials;
  if (!precision.empty()) result.precision = parse_percent(precision, "--precision");
  if (!budget.empty()) result.budget = parse_duration(budget, "--budget");
  if (!trial_timeout.empty())
    result.trial_timeout = parse_duration(trial_timeout, "--trial-timeout");
  if (!seed.empty()) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(seed.data(), seed.data() + seed.size(), value);
    // Results are JSON, whose numbers many readers hold as doubles.
    if (error != std::errc() || end != seed.data() + seed.size() || value >= (1ULL << 53U)) {
      throw UsageError(fmt::format("--seed {}", seed), "that is not a seed",
                       "give a whole number from 0 to 9007199254740991");
    }
    result.seed = value;
  }
  return result;
}

int carry_out(const RunDefinition& definition, const SessionOptions& session,
              const Workbench& workbench, const RunOptions& options) {
  auto progress = console_progress();
  return report(start_session(definition, session, workbench, progress), options);
}

int carry_on(const std::string& resumed_folder, const RunOptions& options) {
  auto progress = console_progress();
  auto shown = options;
  shown.out = resumed_folder;
  return report(resume_session(resumed_folder, monotonic_clock(), progress), shown);
}

}  // namespace strata::bench
