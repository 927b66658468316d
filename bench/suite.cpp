#include "bench/suite.h"

#include <fmt/format.h>

#include "bench/duration_text.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using results::TomlTable;

/// A program's path as the suite means it: one with a slash is relative to the suite's own folder.
fs::path beside(const fs::path& origin, const std::string& path) {
  if (path.find('/') == std::string::npos || fs::path(path).is_absolute()) return path;
  return fs::absolute(origin).parent_path() / path;
}

std::map<std::string, Target> read_targets(const TomlTable& definitions) {
  std::map<std::string, Target> targets;
  for (const auto& name : definitions.keys()) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (name.empty() || name.find_first_not_of(kAllowed) != std::string::npos ||
        name == "control") {
      definitions.fail_at(
          name, fmt::format("\"{}\" can't be a target's name", name),
          "use letters, digits, '-', '_' and '.'; \"control\" is taken by the A/A arm");
    }
    const auto definition = *definitions.table(name);
    Target target{name, definition.text("driver").value_or(""), {}, {}};
    if (target.driver.empty()) {
      definition.fail(fmt::format("target \"{}\" has no driver", name), "add driver = \"docker\"");
    }
    for (const auto& option : definition.keys()) {
      if (option != "driver") target.options[option] = *definition.scalar_as_text(option);
    }
    targets[name] = std::move(target);
  }
  return targets;
}

SuiteWorkloads read_workloads(const TomlTable& entry) {
  entry.only_keys({"program", "with", "names", "arguments", "min_time"});
  SuiteWorkloads workloads;
  if (const auto program = entry.text("program")) {
    workloads.program = beside(entry.origin(), *program);
  }
  for (const auto& file : entry.texts("with")) {
    workloads.with.push_back(beside(entry.origin(), file));
  }
  workloads.names = entry.texts("names");
  workloads.arguments = entry.texts("arguments");
  workloads.min_time = read_duration(entry, "min_time");
  return workloads;
}

SuiteCommand read_command(const TomlTable& entry) {
  entry.only_keys({"name", "words"});
  SuiteCommand command{entry.text("name").value_or(""), entry.texts("words")};
  if (command.words.empty()) {
    entry.fail("a command has no words", "add words = [\"/usr/bin/sort\", \"--version\"]");
  }
  command.words[0] = beside(entry.origin(), command.words[0]).string();
  if (command.name.empty()) command.name = fs::path(command.words[0]).filename().string();
  return command;
}

/// Every key but `name` is a parameter; which ones there are, the experiment says later.
SuiteExperiment read_experiment(const TomlTable& entry) {
  SuiteExperiment experiment{entry.text("name").value_or(""), {}};
  if (experiment.name.empty()) {
    entry.fail("an experiment has no name", "add name = \"burst\"");
  }
  for (const auto& parameter : entry.keys()) {
    if (parameter != "name") experiment.parameters[parameter] = entry.scalars_as_text(parameter);
  }
  return experiment;
}

Suite read_suite(const TomlTable& root) {
  root.only_keys({"name", "description", "baseline", "trials", "budget", "trial_timeout", "cpus",
                  "targets", "target", "workloads", "command", "experiment"});
  Suite suite;
  suite.name = root.text("name").value_or(root.origin().stem().string());
  suite.description = root.text("description").value_or("");
  suite.baseline = root.text("baseline").value_or("process");
  suite.trials =
      static_cast<std::uint32_t>(root.whole_number("trials", 1, 1'000'000).value_or(suite.trials));
  suite.budget = read_duration(root, "budget");
  suite.trial_timeout = read_duration(root, "trial_timeout");
  for (const auto cpu : root.whole_numbers("cpus", 0, 4095)) {
    suite.cpus.push_back(static_cast<std::uint32_t>(cpu));
  }
  suite.targets = root.texts("targets");
  if (const auto targets = root.table("target")) suite.target_definitions = read_targets(*targets);
  for (const auto& entry : root.tables("workloads")) {
    suite.workloads.push_back(read_workloads(entry));
  }
  for (const auto& entry : root.tables("command")) suite.commands.push_back(read_command(entry));
  for (const auto& entry : root.tables("experiment")) {
    suite.experiments.push_back(read_experiment(entry));
  }
  if (suite.workloads.empty() && suite.commands.empty() && suite.experiments.empty()) {
    root.fail("the suite runs nothing", "add [[workloads]], [[command]] or [[experiment]]");
  }
  return suite;
}

}  // namespace

Suite parse_suite(std::string_view toml, const fs::path& origin) {
  return read_suite(TomlTable::parse(toml, origin, "suite"));
}

Suite load_suite(const std::string& name_or_file) {
  return read_suite(results::load_toml(name_or_file, "suite", built_in_suites()));
}

}  // namespace strata::bench
