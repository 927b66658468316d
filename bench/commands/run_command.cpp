#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <memory>

#include "bench/commands/command.h"
#include "bench/commands/run_options.h"
#include "bench/suite.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata run quick
  strata run quick --targets process,docker --workloads 'os/*' --trials 20
  strata run my-suite.toml --out out/monday
  strata run --program ./my_benchmark --targets docker -- --benchmark_filter=Sort
  strata run burst --targets process,docker --set count=50
  strata run --resume out/monday
exit code: 0 done, 1 a trial failed or the run could not be done, 2 wrong use, 130 interrupted)";

struct Flags {
  RunOptions run;
  std::string suite;
  std::string program;
  std::vector<std::string> with;
  std::vector<std::string> workloads;
  std::vector<std::string> parameters;  ///< "NAME=VALUE,…"
  std::string resume;
};

std::string dated_folder(const std::string& name) {
  return fmt::format("out/{}-{:%Y%m%d-%H%M%S}", name, fmt::localtime(std::time(nullptr)));
}

/// A suite of one program: what `--program` means.
Suite suite_of_program(const Flags& flags, const CommandLine& line) {
  Suite suite;
  suite.name = std::filesystem::path(flags.program).filename().string();
  for (const auto* const entry : drivers::driver_table()) {
    for (const auto& target : entry->shipped_targets()) suite.targets.push_back(target.name);
  }
  SuiteWorkloads workloads;
  workloads.program = flags.program;
  workloads.with = {flags.with.begin(), flags.with.end()};
  workloads.arguments = line.behind;
  suite.workloads.push_back(std::move(workloads));
  return suite;
}

ParameterLists parse_parameters(const std::vector<std::string>& words) {
  ParameterLists lists;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--set {}", word), "that is no parameter with its value",
                       "give NAME=VALUE, such as --set count=1,8,64");
    }
    lists[word.substr(0, equals)] = split_list(std::string_view(word).substr(equals + 1));
  }
  return lists;
}

int run(const Flags& flags, const CommandLine& line) {
  const int chosen =
      int(!flags.suite.empty()) + int(!flags.program.empty()) + int(!flags.resume.empty());
  if (chosen != 1) {
    throw UsageError(
        "strata run",
        chosen == 0 ? "nothing says what to run"
                    : "a suite, --program and --resume exclude each other",
        "name a suite (`strata list suites`), a TOML file, --program FILE or --resume DIR");
  }
  if (!line.behind.empty() && flags.program.empty()) {
    throw UsageError("strata run", "what stands after -- goes to --program, and there is none",
                     "add --program FILE");
  }
  if (!flags.resume.empty()) {
    if (!flags.run.out.empty() || !flags.run.targets.empty() || flags.run.trials != 0 ||
        !flags.run.precision.empty() || !flags.run.seed.empty() || !flags.run.budget.empty() ||
        !flags.workloads.empty() || !flags.parameters.empty()) {
      throw UsageError("strata run --resume", "a resumed run keeps the plan it began with",
                       "leave the other options out");
    }
    return carry_on(flags.resume, flags.run);
  }
  const auto suite =
      flags.program.empty() ? load_suite(flags.suite) : suite_of_program(flags, line);
  auto overrides = flags.run.overrides();
  overrides.workloads = flags.workloads;
  overrides.parameters = parse_parameters(flags.parameters);
  const Workbench workbench(monotonic_clock());
  const auto definition = build_definition(suite, overrides, workbench);
  auto options = flags.run;
  if (options.out.empty()) options.out = dated_folder(suite.name);
  return carry_out(definition, {options.out, line.quoted, flags.run.targets}, workbench, options);
}

}  // namespace

Command add_run_command(CLI::App& app, const CommandLine& line) {
  auto* const command = app.add_subcommand(
      "run", "Run a suite, or a Google Benchmark program of yours, on every target");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command->add_option("suite", flags->suite,
                      "A suite's name (`strata list suites`) or a TOML file");
  command->add_option("--program", flags->program,
                      "A Google Benchmark executable, taken as it is; what follows -- goes to it");
  command
      ->add_option("--with", flags->with,
                   "A further file for the program's bundle, such as a library it loads by dlopen; "
                   "repeatable")
      ->allow_extra_args(false);
  command
      ->add_option("--workloads", flags->workloads,
                   "Only workloads whose names match one of these globs, separated by commas")
      ->delimiter(',');
  command
      ->add_option("--set", flags->parameters,
                   "A parameter of the suite's experiments, such as count=1,8,64; repeatable. "
                   "`strata list experiments` shows them")
      ->allow_extra_args(false);
  flags->run.add_to(*command);
  command->add_option("--resume", flags->resume,
                      "Go on with the run in this folder, which was interrupted or killed");
  return {command, [flags, &line] { return run(*flags, line); }};
}

}  // namespace strata::bench
