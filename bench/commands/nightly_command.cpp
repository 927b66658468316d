#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <memory>

#include "bench/commands/command.h"
#include "bench/nightly.h"
#include "results/history/night.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(a configuration (ci/nightly/nightly.toml):
  folder = "/var/lib/strata"
  suite = "quick"
  claims = ["gvisor", "our-service.toml"]
  notify = ["/usr/local/bin/tell-us"]      gets the night's JSON on stdin
exit code: 0 nothing is wrong, 1 a regression is confirmed and not accepted, a claim is refuted, or
the night could not be carried out, 130 interrupted; the next call goes on with what was cut short)";

struct Flags {
  std::string config;
  std::string now;
};

int nightly(const Flags& flags) {
  const auto config = load_nightly_config(flags.config);
  std::int64_t now = std::time(nullptr);
  if (!flags.now.empty()) {
    const auto given = results::seconds_of_utc(flags.now);
    if (!given) {
      throw UsageError("strata nightly --now " + flags.now, "that is no time",
                       "write it as 2026-03-01T02:00:00Z");
    }
    now = *given;
  }
  ConsoleProgress progress(stderr, ::isatty(STDERR_FILENO) == 1, monotonic_clock());
  const auto outcome = carry_out_night(config, now, monotonic_clock(), progress);
  if (outcome.interrupted) return kExitInterrupted;
  fmt::print("{}", outcome.json);
  return outcome.has_regression || outcome.has_refuted_claim ? kExitFailed : kExitDone;
}

}  // namespace

Command add_nightly_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "nightly", "Run a suite, keep its result, and say what has become dearer, confirmed");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command->add_option("config", flags->config, "The configuration, a TOML file")->required();
  command->add_option("--now", flags->now,
                      "Call the night by this time (UTC) instead of the clock's");
  return {command, [flags] { return nightly(*flags); }};
}

}  // namespace strata::bench
