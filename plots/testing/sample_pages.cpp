// Writes the pages that the browser tests look at: sample-pages FOLDER [RUNS CELLS]. The site has
// so many runs and cells.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

#include "plots/report.h"
#include "plots/site/site.h"
#include "plots/testing/sample_history.h"
#include "plots/testing/sample_result.h"
#include "results/claims/claim_check.h"
#include "results/history/history.h"

namespace strata::plots::testing {
namespace {

namespace fs = std::filesystem;

void write_page(const fs::path& file, const ReportInput& input) {
  std::ofstream(file, std::ios::binary) << report_html(input);
}

RunView view_in(const fs::path& folder, const SampleRun& run) {
  fs::create_directories(folder);
  return RunView::load(write_sample(folder, run));
}

constexpr auto kClaims = R"(
[[claim]]
id = "starts-fast"
statement = "A container starts in at most 200 ms."
source = { title = "A made-up claim" }
metric = "startup"
target = "docker"
kind = "absolute"
relation = "at most"
bound = 200
unit = "ms"
[[claim]]
id = "no-overhead"
statement = "A container costs at most 5 % on system calls."
source = { title = "A made-up claim" }
metric = "real_time"
workloads = ["os/*"]
target = "docker"
baseline = "process"
kind = "ratio"
relation = "at most"
bound = 1.05
)";

/// What should be text on the page, and would be seen if it were run.
std::string hostile(const std::string& name) {
  return name +
         "</script><script>window.hacked=1</script><img src=x "
         "onerror='window.hacked=1'>\"'&\n\u202e" +
         "]]>--><svg onload=window.hacked=1>";
}

void write_pages(const fs::path& folder, std::size_t runs, std::size_t cells) {
  fs::remove_all(folder);
  auto run = sample_run();
  run.with_curves = true;
  run.targets.push_back(
      {{"docker-host", "docker", {{"runtime", "runc"}, {"network", "host"}}, {}}, 1.5e8, 1.05});
  run.workloads = {"compute/sha256/1MiB", "memory/triad", "os/getppid", "os/pipe",
                   "disk/fsync",          "net/rtt"};
  const auto view = view_in(folder / "first", run);
  auto slower = run;
  slower.targets[1].ratio = 1.3;
  const auto second = view_in(folder / "second", slower);
  write_sample_history(folder / "history.db", runs, cells);
  const auto history =
      results::History::open(folder / "history.db", results::History::Access::kRead);
  write_site(history, folder / "site", {"Sample <hosts>", ""});
  const std::vector<results::ClaimFile> claims{results::parse_claims(kClaims, "sample.toml")};
  auto held = results::hold_claims(claims, results::read_for_claims(view.file(), claims));
  write_page(folder / "full.html", {view, &second, std::move(held), &history});
  write_page(folder / "plain.html", {view, nullptr, {}, nullptr});

  auto evil = sample_run();
  evil.workloads = {hostile("os/"), "os/" + std::string(4096, 'x'),
                    "disk/\u05d0\u05d1\u202e\u05d2"};
  for (auto& target : evil.targets) {
    target.target.options[hostile("option")] = hostile("value");
    target.target.facts[hostile("fact")] = hostile("value");
  }
  evil.targets[1].target.name = hostile("docker");
  write_page(folder / "hostile.html", {view_in(folder / "evil", evil), nullptr, {}, nullptr});
}

}  // namespace
}  // namespace strata::plots::testing

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fputs("usage: sample-pages FOLDER [RUNS CELLS]\n", stderr);
    return 2;
  }
  try {
    const bool is_told = argc == 4;
    strata::plots::testing::write_pages(argv[1], is_told ? std::stoul(argv[2]) : 60,
                                        is_told ? std::stoul(argv[3]) : 6);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sample-pages: {}\n", error.what());
    return 1;
  }
}
