#include <fmt/format.h>

#include <memory>

#include "bench/commands/command.h"
#include "bench/workbench.h"

namespace strata::bench {
namespace {

int clean(bool with_cache) {
  const Workbench workbench(monotonic_clock());
  std::vector<std::string> problems;
  const auto removed = clean_up(
      workbench, with_cache, [](std::string_view /*any*/) { return true; }, problems);
  for (const auto& line : removed) fmt::print("removed {}\n", line);
  for (const auto& line : problems) fmt::print(stderr, "not looked at: {}\n", line);
  if (removed.empty()) fmt::print("nothing to remove\n");
  return kExitDone;
}

}  // namespace

Command add_clean_command(CLI::App& app, const CommandLine& /*line*/) {
  auto* const command = app.add_subcommand(
      "clean", "Remove what killed runs left behind: processes, containers, folders");
  const auto cache = std::make_shared<bool>(false);
  command->add_flag("--cache", *cache, "Also prepared bundles and images, which make starts quick");
  return {command, [cache] { return clean(*cache); }};
}

}  // namespace strata::bench
