#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "bench/advice_report.h"
#include "bench/commands/command.h"
#include "bench/evidence.h"
#include "bench/workbench.h"
#include "results/output_file.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata migrate --from kvm --to docker my-service.toml out/standard
  strata migrate --from docker --to faas-docker --strategy strangler-fig my-service.toml out/standard
  strata migrate --from kvm --to docker my-service.toml out/standard --claims after.toml
    then, once it is done: strata check after.toml RESULT.json
exit code: 0 done, 2 wrong use)";

struct Flags {
  std::vector<std::string> words;
  std::string from;
  std::string to;
  std::string strategy;
  std::string claims;
  bool json = false;
};

/// As a result has it, with its options, else the shipped one.
Target target_called(const std::string& name, const std::vector<results::EvidenceRun>& runs) {
  for (const auto& one : runs) {
    for (const auto& target : one.run.head.header.targets) {
      if (target.name == name) return target;
    }
  }
  return find_target(name, {});
}

int migrate(const Flags& flags) {
  const auto profile = load_profile(flags.words.front());
  const auto runs = read_evidence({flags.words.begin() + 1, flags.words.end()}, profile);
  const auto from = target_called(flags.from, runs);
  const auto to = target_called(flags.to, runs);
  const auto strategy = flags.strategy.empty() ? results::strategies_between(from, to).front()
                                               : results::strategy_named(flags.strategy);
  const auto plan = results::plan_migration(strategy, from, to, profile, runs);
  if (!flags.claims.empty()) {
    results::replace_file(flags.claims, results::claims_toml(plan, profile));
  }
  if (flags.json) {
    fmt::print("{}", migration_json(plan));
    return kExitDone;
  }
  fmt::print("{}", migration_text(plan, wants_colour(STDOUT_FILENO)));
  if (!flags.claims.empty()) {
    fmt::print("\nhold to it afterwards: strata check {} RESULT.json\n", flags.claims);
  }
  return kExitDone;
}

}  // namespace

Command add_migrate_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "migrate", "The steps from one target to another, and what each is to cost");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command
      ->add_option("profile", flags->words,
                   "The service's profile (TOML, see `strata advise --template`), then results")
      ->required();
  command->add_option("--from", flags->from, "The target it runs on now")->required();
  command->add_option("--to", flags->to, "The target it is to run on")->required();
  command->add_option("--strategy", flags->strategy,
                      "lift-and-shift, containerize-in-place, refactor or strangler-fig; the "
                      "first that leads there if not given");
  command->add_option("--claims", flags->claims,
                      "Write what is expected into this file, as claims for `strata check`");
  command->add_flag("--json", flags->json, "Print JSON");
  return {command, [flags] { return migrate(*flags); }};
}

}  // namespace strata::bench
