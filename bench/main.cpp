#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <vector>

#include "bench/commands/command.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

/// The flags and sub-commands that the innermost parser in use knows, for hints.
std::vector<std::string> known_words(const CLI::App& app) {
  const CLI::App* parser = &app;
  while (!parser->get_subcommands().empty()) parser = parser->get_subcommands().front();
  std::vector<std::string> words;
  for (const auto* const option : parser->get_options()) {
    if (!option->get_lnames().empty()) words.push_back("--" + option->get_lnames().front());
  }
  for (const auto* const command : parser->get_subcommands([](const CLI::App*) { return true; })) {
    words.push_back(command->get_name());
  }
  return words;
}

int wrong_use(const CLI::App& app, const CLI::ParseError& error, const CommandLine& line) {
  fmt::print(stderr, "strata: {}\n", error.what());
  const auto words = known_words(app);
  for (const auto& word : line.own) {
    const auto bare = word.substr(0, word.find('='));
    if (std::find(words.begin(), words.end(), bare) != words.end()) continue;
    if (const auto near = near_match(bare, words)) {
      fmt::print(stderr, "did you mean {}?\n", *near);
      break;
    }
  }
  fmt::print(stderr, "`strata --help` and `strata COMMAND --help` say what there is\n");
  return kExitWrongUse;
}

/// In the order of the help.
constexpr auto kCommands = {
    add_run_command,     add_time_command,    add_list_command,    add_doctor_command,
    add_clean_command,   add_compare_command, add_check_command,   add_report_command,
    add_plot_command,    add_site_command,    add_history_command, add_advise_command,
    add_migrate_command, add_nightly_command, add_faas_command,
};

int main_with(const CommandLine& line) {
  CLI::App app{
      "Strata measures what each layer of virtualization costs: the same program as a bare "
      "process,\n"
      "in a container, and further out, with an interval beside every number.",
      "strata"};
  app.set_version_flag("--version", "strata " STRATA_VERSION);
  app.require_subcommand(1);
  app.footer("start with: strata doctor, then strata run quick");
  std::vector<Command> commands;
  for (const auto add : kCommands) commands.push_back(add(app, line));
  try {
    std::vector<std::string> words(line.own.rbegin(),
                                   line.own.rend());  // CLI11 wants them reversed
    app.parse(words);
    for (const auto& command : commands) {
      if (command.parser->parsed()) return command.body();
    }
    return kExitWrongUse;
  } catch (const CLI::Success& answer) {  // --help, --version
    return app.exit(answer);
  } catch (const CLI::ParseError& error) {
    return wrong_use(app, error, line);
  } catch (const UsageError& error) {
    fmt::print(stderr, "strata: {}\n", error.what());
    return kExitWrongUse;
  } catch (const std::exception& error) {
    fmt::print(stderr, "strata: {}\n", error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace strata::bench

int main(int argc, char** argv) {
  return strata::bench::main_with(strata::bench::split_command_line(argc, argv));
}
