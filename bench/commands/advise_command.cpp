#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "bench/advice_report.h"
#include "bench/commands/command.h"
#include "bench/evidence.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata advise --template > my-service.toml
  strata advise my-service.toml out/standard
  strata advise my-service.toml out/standard out/startup out/arm64 --json
exit code: 0 a recommendation beyond what the intervals leave open, 1 none or undecided, 2 wrong use)";

struct Flags {
  std::vector<std::string> words;
  bool print_template = false;
  bool json = false;
  bool markdown = false;
};

int advise(const Flags& flags) {
  if (flags.print_template) {
    fmt::print("{}", results::profile_template());
    return kExitDone;
  }
  if (flags.words.size() < 2) {
    throw UsageError("strata advise", "it needs a profile and at least one result",
                     "`strata advise --template` prints a profile; `strata run standard` makes a "
                     "result");
  }
  const auto profile = load_profile(flags.words.front());
  const auto runs = read_evidence({flags.words.begin() + 1, flags.words.end()}, profile);
  const auto advice = results::advise(profile, runs);
  if (flags.json) {
    fmt::print("{}", advice_json(profile, advice));
  } else if (flags.markdown) {
    fmt::print("{}", advice_markdown(profile, advice));
  } else {
    fmt::print("{}", advice_text(profile, advice, wants_colour(STDOUT_FILENO)));
  }
  return advice.decided ? kExitDone : kExitFailed;
}

}  // namespace

Command add_advise_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "advise", "Rank targets for a service's profile, with the evidence behind every number");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command->add_option("profile", flags->words,
                      "The profile (TOML), then the results that it is held against");
  command->add_flag("--template", flags->print_template, "Print a profile to start from");
  auto* const json = command->add_flag("--json", flags->json, "Print JSON");
  command->add_flag("--markdown", flags->markdown, "Print Markdown")->excludes(json);
  return {command, [flags] { return advise(*flags); }};
}

}  // namespace strata::bench
