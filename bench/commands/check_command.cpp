#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <utility>

#include "bench/claims_report.h"
#include "bench/claims_run.h"
#include "bench/commands/command.h"
#include "bench/duration_text.h"
#include "bench/progress.h"
#include "results/output_file.h"
#include "results/result_file.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

constexpr auto kExamples = R"(examples:
  strata check felter-2015 out/monday/result.json
  strata check my-service.toml --run --budget 15m --junit claims.xml
  strata check virtualization-spectrum gvisor --run --blocks 24 --markdown
exit code: 0 no claim is refuted, 1 one is, 2 wrong use, 3 one is undecided (--strict), 4 the run is
invalid for one)";

struct Flags {
  std::vector<std::string> words;
  bool run = false;
  std::uint32_t blocks = 0;  ///< 0: three looks
  std::string budget;
  std::string out;
  bool strict = false;
  std::string junit;
  bool json = false;
  bool markdown = false;
};

/// What is a result: a folder that holds one, or a file that is not TOML.
bool is_result(const std::string& word) {
  std::error_code ignored;
  const auto extension = fs::path(word).extension();
  return fs::is_directory(word, ignored) || extension == ".json" || extension == ".gz";
}

fs::path carry_out_run(const std::vector<results::ClaimFile>& files, const Flags& flags,
                       const CommandLine& line) {
  const Workbench workbench(monotonic_clock());
  const auto out = flags.out.empty() ? fmt::format("out/check-{:%Y%m%d-%H%M%S}",
                                                   fmt::localtime(std::time(nullptr)))
                                     : flags.out;
  ClaimsRun run{flags.blocks, {}, {out, line.quoted, {}}};
  if (!flags.budget.empty()) run.budget = parse_duration(flags.budget, "--budget");
  ConsoleProgress progress(stderr, ::isatty(STDERR_FILENO) == 1, monotonic_clock());
  return run_for_claims(files, std::move(run), workbench, progress).result_file;
}

int check(const Flags& flags, const CommandLine& line) {
  std::vector<std::string> results_named;
  std::vector<results::ClaimFile> files;
  for (const auto& word : flags.words) {
    if (is_result(word)) {
      results_named.push_back(word);
    } else {
      files.push_back(results::load_claims(word));
    }
  }
  if (files.empty()) {
    throw UsageError("strata check", "no claims are named", "name a shipped file or a .toml file");
  }
  if (results_named.size() + (flags.run ? 1 : 0) != 1) {
    throw UsageError("strata check",
                     results_named.empty() ? "nothing says what to hold the claims against"
                                           : "one result at a time, and none with --run",
                     "name one result.json, or --run");
  }
  fs::path result;
  if (flags.run) {
    result = carry_out_run(files, flags, line);
  } else {
    result = results::result_file(results_named.front());
  }
  const auto run = results::read_for_claims(result, files);
  const auto share = flags.run && flags.blocks == 0 ? results::kThreeLooks : 1.0;
  const auto checked = results::hold_claims(std::move(files), run, share);
  if (!flags.junit.empty()) {
    results::replace_file(flags.junit, claims_junit(checked, flags.strict));
  }
  if (flags.json) {
    fmt::print("{}", claims_json(checked));
  } else if (flags.markdown) {
    fmt::print("{}", claims_markdown(checked));
  } else {
    fmt::print("{}", claims_table(checked, wants_colour(STDOUT_FILENO)));
  }
  return claims_exit_code(checked, flags.strict);
}

}  // namespace

Command add_check_command(CLI::App& app, const CommandLine& line) {
  auto* const command =
      app.add_subcommand("check", "Hold claims of performance against a result, or a new run");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  std::string shipped;
  for (const auto& one : results::shipped_claims()) shipped += fmt::format(" {}", one.name);
  command
      ->add_option("claims", flags->words,
                   "Claim files (TOML), or the names of shipped ones:" + shipped +
                       "; and a result.json or its folder")
      ->required();
  command->add_flag("--run", flags->run, "Run the workloads and targets that the claims are about");
  command
      ->add_option("--blocks", flags->blocks,
                   "With --run: trials of each cell, looked at once; if not given, looks at "
                   "12, 24 and 48 until no claim is undecided")
      ->check(CLI::Range(1U, 1'000'000U));
  command->add_option("--budget", flags->budget, "With --run: stop before a block that ends later");
  command->add_option("--out", flags->out, "With --run: new folder for the result");
  command->add_flag("--strict", flags->strict, "Exit with 3 if a claim is undecided");
  command->add_option("--junit", flags->junit, "Write the verdicts into this file as JUnit XML");
  auto* const json = command->add_flag("--json", flags->json, "Print JSON");
  command->add_flag("--markdown", flags->markdown, "Print Markdown, as for a GitHub step summary")
      ->excludes(json);
  return {command, [flags, &line] { return check(*flags, line); }};
}

}  // namespace strata::bench
