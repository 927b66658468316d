#include <fmt/format.h>

#include <memory>

#include "bench/commands/command.h"
#include "bench/commands/run_options.h"
#include "bench/suite.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata time -- sort --version
  strata time --targets process,docker --trials 30 -- ./my_tool --input data.bin
The command's libraries travel with it; other files it reads must be inside the instance.
exit code: 0 done, 1 the command failed somewhere, 2 wrong use, 130 interrupted)";

struct Flags {
  RunOptions run;
  bool ignore_failure = false;
};

int time_command(const Flags& flags, const CommandLine& line) {
  if (line.behind.empty()) {
    throw UsageError("strata time", "there is no command",
                     "write it after --: strata time -- sort --version");
  }
  Suite suite;
  suite.name = "time";
  for (const auto& target : shipped_targets()) suite.targets.push_back(target.name);
  suite.commands.push_back({fmt::format("{}", fmt::join(line.behind, " ")), line.behind});
  auto overrides = flags.run.overrides();
  overrides.ignore_failure = flags.ignore_failure;
  const Workbench workbench(monotonic_clock());
  const auto definition = build_definition(suite, overrides, workbench);
  // Without --out nothing is to stay: the run lives in the private folder and goes with it.
  const auto out = flags.run.out.empty() ? workbench.context().private_directory / "result"
                                         : std::filesystem::path(flags.run.out);
  return carry_out(definition, {out, line.quoted, flags.run.targets}, workbench, flags.run);
}

}  // namespace

Command add_time_command(CLI::App& app, const CommandLine& line) {
  auto* const command = app.add_subcommand(
      "time", "Time any command on every target, interleaved: startup, wall, user, system, memory");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  flags->run.add_to(*command);
  command->add_flag("--ignore-failure", flags->ignore_failure,
                    "A non-zero exit of the command is a result, not a failure");
  return {command, [flags, &line] { return time_command(*flags, line); }};
}

}  // namespace strata::bench
