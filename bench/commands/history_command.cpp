#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/commands/command.h"
#include "bench/comparison_report.h"
#include "bench/history_report.h"
#include "results/history/history.h"
#include "results/history/history_export.h"
#include "results/history/night.h"
#include "results/json_text.h"
#include "results/result_file.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using results::History;

constexpr auto kExamples = R"(examples:
  strata history add out/monday out/tuesday
  strata history show startup@docker
  strata history regressions            exit code 1 if there is one that nobody has accepted
  strata history accept startup@docker --reason "new engine, looked at"
  strata history import googlebench before.json after.json
  strata history export --format otava >series.csv)";

struct Flags {
  std::string file;
  std::vector<std::string> files;
  std::string series;
  std::string reason;
  std::string format = "csv";
  std::string target = "native";
  bool json = false;
};

fs::path history_file(const Flags& flags) {
  return flags.file.empty() ? default_history_file() : fs::path(flags.file);
}

std::vector<results::SeriesInfo> named_series(const History& history, const std::string& name) {
  auto found = history.find_series(name);
  if (!found.empty()) return found;
  std::vector<std::string> names;
  for (const auto& info : history.series_list()) names.push_back(info.name());
  throw UsageError(
      fmt::format("find the series \"{}\"", name), "the history has none of that name",
      names.empty() ? "it is empty: `strata history add RESULT.json`" : suggest(name, names));
}

/// Oldest first, so that a night's place follows from its own clock whatever the order of words.
int add_all(const Flags& flags, std::vector<results::Night> nights) {
  std::stable_sort(nights.begin(), nights.end(),
                   [](const auto& a, const auto& b) { return a.run.place < b.run.place; });
  auto history = History::open(history_file(flags), History::Access::kWrite);
  for (const auto& night : nights) {
    const auto addition = history.add(night, false);
    fmt::print("{} {}: {} series, {} of them new\n", night.run.started_utc, night.run.run_id,
               night.points.size(), addition.new_series);
    for (const auto& warning : addition.warnings) fmt::print(stderr, "note: {}\n", warning);
  }
  return kExitDone;
}

int add(const Flags& flags) {
  std::vector<results::Night> nights;
  for (const auto& word : flags.files) {
    const auto run = results::read_measurements(results::result_file(word));
    nights.push_back(results::night_of(run, headline_metrics(run.head.header)));
  }
  return add_all(flags, std::move(nights));
}

int import(const Flags& flags) {
  if (flags.format != "googlebench") {
    throw UsageError("strata history import",
                     fmt::format("\"{}\" is no known format", flags.format),
                     "write: strata history import googlebench FILES…");
  }
  std::vector<results::Night> nights;
  for (const auto& word : flags.files) {
    nights.push_back(results::night_of_google_benchmark(word, flags.target));
  }
  return add_all(flags, std::move(nights));
}

int list(const Flags& flags) {
  const auto history = History::open(history_file(flags), History::Access::kRead);
  fmt::print("{}", flags.json ? history_list_json(history) : history_list_table(history));
  return kExitDone;
}

int show(const Flags& flags) {
  const auto history = History::open(history_file(flags), History::Access::kRead);
  for (const auto& info : named_series(history, flags.series)) {
    const auto series = history.series(info.id);
    fmt::print("{}", flags.json ? series_json(history, series)
                                : series_table(history, series, wants_colour(STDOUT_FILENO)));
  }
  return kExitDone;
}

int regressions(const Flags& flags) {
  const auto history = History::open(history_file(flags), History::Access::kRead);
  const auto found = find_regressions(history);
  fmt::print("{}", flags.json ? regressions_json(found)
                              : regressions_table(found, wants_colour(STDOUT_FILENO)));
  return found.any() ? kExitFailed : kExitDone;
}

int export_all(const Flags& flags) {
  using results::ExportFormat;
  const std::map<std::string, ExportFormat> formats{{"csv", ExportFormat::kCsv},
                                                    {"jsonl", ExportFormat::kJsonLines},
                                                    {"openmetrics", ExportFormat::kOpenMetrics},
                                                    {"otava", ExportFormat::kOtava}};
  const auto history = History::open(history_file(flags), History::Access::kRead);
  const auto series =
      flags.series.empty() ? history.series_list() : named_series(history, flags.series);
  results::export_history(history, series, formats.at(flags.format), [](std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
      throw Error("write the export", "stdout can't be written", "is the disk full?");
    }
  });
  if (std::fflush(stdout) != 0) {
    throw Error("write the export", "stdout can't be written", "is the disk full?");
  }
  return kExitDone;
}

int accept(const Flags& flags) {
  auto history = History::open(history_file(flags), History::Access::kWrite);
  const auto found = named_series(history, flags.series);
  // A changed machine has begun a new series of the same name: it is the newest that is meant.
  const auto& info = *std::max_element(found.begin(), found.end(),
                                       [](const auto& a, const auto& b) { return a.id < b.id; });
  const auto change = history.accept(info.id, flags.reason);
  fmt::print("accepted: {}: {}\n", info.name(), change.evidence);
  return kExitDone;
}

}  // namespace

Command add_history_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command =
      app.add_subcommand("history", "Keep results night after night, and say what has changed");
  command->footer(kExamples);
  command->require_subcommand(1);
  const auto flags = std::make_shared<Flags>();
  const auto chosen = std::make_shared<std::function<int(const Flags&)>>();
  const auto sub = [&](const char* name, const char* text, int (*body)(const Flags&)) {
    auto* const one = command->add_subcommand(name, text);
    one->add_option("--history", flags->file,
                    "The history's file; if not given, " + default_history_file().string());
    one->callback([chosen, body] { *chosen = body; });
    return one;
  };
  auto* const adding = sub("add", "Add results (result.json or their folders)", add);
  adding->add_option("results", flags->files, "Results to add")->required();
  auto* const listing = sub("list", "List nights and series", list);
  auto* const showing = sub("show", "Show a series: its nights, its changes", show);
  auto* const judging =
      sub("regressions", "Say what is dearer in the newest night, and what still is", regressions);
  for (auto* const one : {listing, showing, judging}) {
    one->add_flag("--json", flags->json, "Print JSON");
  }
  auto* const exporting = sub("export", "Print all points for other tools", export_all);
  exporting->add_option("--format", flags->format, "csv, jsonl, openmetrics or otava")
      ->check(CLI::IsMember({"csv", "jsonl", "openmetrics", "otava"}));
  exporting->add_option("--series", flags->series, "Only these (a glob)");
  auto* const importing = sub("import", "Add files of other tools", import);
  importing->add_option("format", flags->format, "googlebench")->required();
  importing->add_option("files", flags->files, "Files to add")->required();
  importing->add_option("--target", flags->target, "What the series are called after '@'");
  auto* const accepting =
      sub("accept", "Accept a change: the new level is normal from there on", accept);
  accepting->add_option("--reason", flags->reason, "Why; kept, and shown in plots")->required();
  for (auto* const one : {showing, accepting}) {
    one->add_option("series", flags->series, "Its name, such as os/getppid@docker, or a glob")
        ->required();
  }
  return {command, [flags, chosen] { return (*chosen)(*flags); }};
}

}  // namespace strata::bench
