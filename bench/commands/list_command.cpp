#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/commands/command.h"
#include "bench/experiments/experiment.h"
#include "bench/suite.h"
#include "bench/workbench.h"
#include "drivers/driver_table.h"

namespace strata::bench {
namespace {

using Json = nlohmann::json;

/// Prints rows below titles.
void print_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<ColumnText>> texts;
  for (const auto& row : rows) {
    auto& line = texts.emplace_back();
    for (const auto& text : row) line.push_back({text, ""});
  }
  fmt::print("{}", lay_out(texts, false));
}

void list_workloads(bool json) {
  const Workbench workbench(monotonic_clock());
  std::vector<std::vector<std::string>> rows{
      {"WORKLOAD", "METRIC", "UNIT", "BETTER", "SECONDS", "NEEDS", "WHAT IT DOES"}};
  Json all = Json::array();
  for (const auto& one : workbench.describe_workloads()) {
    const std::string better = one.better == Better::kHigher ? "higher" : "lower";
    rows.push_back({one.name, one.metric, one.unit, better, fmt::format("{:.1f}", one.seconds),
                    fmt::format("{}", fmt::join(one.needs, ", ")), one.summary});
    all.push_back({{"name", one.name},
                   {"group", one.group},
                   {"summary", one.summary},
                   {"metric", one.metric},
                   {"unit", one.unit},
                   {"better", better},
                   {"seconds", one.seconds},
                   {"needs", one.needs}});
  }
  if (json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    print_columns(rows);
  }
}

void list_targets(bool json) {
  std::vector<std::vector<std::string>> rows{{"TARGET", "DRIVER", "OPTIONS"}};
  Json all = Json::array();
  for (const auto& target : shipped_targets()) {
    std::string options;
    for (const auto& [name, value] : target.options) options += fmt::format("{}={} ", name, value);
    rows.push_back({target.name, target.driver, options});
    all.push_back({{"name", target.name}, {"driver", target.driver}, {"options", target.options}});
  }
  if (json) {
    fmt::print("{}\n", all.dump(2));
    return;
  }
  print_columns(rows);
  fmt::print(
      "\nA suite file defines further ones: [target.NAME] with driver = and these options:\n\n");
  std::vector<std::vector<std::string>> options{{"DRIVER", "OPTION", "DEFAULT", "MEANING"}};
  for (const auto* const entry : drivers::driver_table()) {
    for (const auto& option : entry->options) {
      options.push_back({std::string(entry->name), std::string(option.name),
                         std::string(option.default_value), std::string(option.help)});
    }
  }
  print_columns(options);
}

void list_suites(bool json) {
  std::vector<std::vector<std::string>> rows{
      {"SUITE", "TRIALS", "BUDGET", "TARGETS", "WHAT IT IS FOR"}};
  Json all = Json::array();
  for (const auto& one : built_in_suites()) {
    const auto suite = load_suite(std::string(one.name));
    rows.push_back(
        {suite.name, fmt::format("{}", suite.trials),
         suite.budget
             ? fmt::format("{} s",
                           std::chrono::duration_cast<std::chrono::seconds>(*suite.budget).count())
             : "-",
         fmt::format("{}", fmt::join(suite.targets, ",")), suite.description});
    all.push_back({{"name", suite.name},
                   {"description", suite.description},
                   {"trials", suite.trials},
                   {"targets", suite.targets}});
  }
  if (json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    print_columns(rows);
  }
}

void list_experiments(bool json) {
  std::vector<std::vector<std::string>> rows{{"EXPERIMENT", "PARAMETER", "DEFAULT", "WHAT IT IS"}};
  Json all = Json::array();
  for (const auto* const experiment : experiment_table()) {
    rows.push_back({std::string(experiment->name), "", "", std::string(experiment->summary)});
    all.push_back({{"name", experiment->name},
                   {"summary", experiment->summary},
                   {"metric", experiment->metric},
                   {"parameters", Json::array()}});
    for (const auto& spec : experiment->parameters) {
      rows.push_back(
          {"", std::string(spec.name), std::string(spec.default_value), std::string(spec.help)});
      all.back()["parameters"].push_back(
          {{"name", spec.name}, {"default", spec.default_value}, {"help", spec.help}});
    }
  }
  if (json) {
    fmt::print("{}\n", all.dump(2));
  } else {
    print_columns(rows);
  }
}

}  // namespace

Command add_list_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command =
      app.add_subcommand("list", "Show the workloads, targets and suites there are");
  struct Flags {
    std::string what;
    bool json = false;
  };
  const auto flags = std::make_shared<Flags>();
  command
      ->add_option("what", flags->what,
                   "workloads, targets, suites or experiments; all if left out")
      ->check(CLI::IsMember({"workloads", "targets", "suites", "experiments"}));
  command->add_flag("--json", flags->json, "Print JSON (needs one of them)");
  return {command, [flags, command] {
            if (flags->json && flags->what.empty()) {
              throw CLI::RequiredError(command->get_name() +
                                       " --json: workloads, targets, suites or experiments");
            }
            const bool all = flags->what.empty();
            if (all || flags->what == "suites") list_suites(flags->json);
            if (all) fmt::print("\n");
            if (all || flags->what == "experiments") list_experiments(flags->json);
            if (all) fmt::print("\n");
            if (all || flags->what == "targets") list_targets(flags->json);
            if (all) fmt::print("\n");
            if (all || flags->what == "workloads") list_workloads(flags->json);
            return kExitDone;
          }};
}

}  // namespace strata::bench
