#include <fmt/format.h>

#include <memory>

#include "bench/commands/command.h"
#include "plots/site/site.h"

namespace strata::bench {
namespace {

constexpr auto kExamples = R"(examples:
  strata site public --history history.db
  strata site public --history history.db --title "Our hosts" --url https://example.org/strata/)";

struct Flags {
  std::string folder;
  std::string history;
  plots::SiteOptions options;
};

int site(const Flags& flags) {
  const auto history = results::History::open(flags.history, results::History::Access::kRead);
  const auto size = plots::write_site(history, flags.folder, flags.options);
  fmt::print("site: {}/index.html ({} runs, {} cells, {} files)\n", flags.folder, size.runs,
             size.cells, size.files);
  return kExitDone;
}

}  // namespace

Command add_site_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "site", "Write a history as a folder of static pages, with a feed of confirmed changes");
  command->footer(kExamples);
  const auto flags = std::make_shared<Flags>();
  command
      ->add_option("folder", flags->folder,
                   "A new folder, or that of an earlier site, which is replaced")
      ->required();
  command->add_option("--history", flags->history, "The history: see `strata history`")->required();
  command->add_option("--title", flags->options.title, "What the site is called");
  command->add_option("--url", flags->options.base_url,
                      "Where it will stand, with a '/' at its end: for the feed's links");
  return {command, [flags] { return site(*flags); }};
}

}  // namespace strata::bench
