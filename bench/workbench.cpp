#include "bench/workbench.h"

#include <algorithm>
#include <utility>

#include "results/google_benchmark.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

constexpr auto kPrepareLimit = std::chrono::minutes(2);
/// To list its benchmarks a program does next to nothing; some set large inputs up before main.
constexpr auto kListLimit = std::chrono::seconds(60);

}  // namespace

Workbench::Workbench(Clock& clock, const std::string& run_id)
    : paths_(workspace_paths()),
      folder_(paths_, run_id.empty() ? new_run_id() : run_id),
      context_{clock, folder_.path().filename().string(), paths_.cache, folder_.path(),
               paths_.binaries / "strata-agent"} {}

std::filesystem::path Workbench::own_workloads() const {
  return paths_.binaries / "strata-workloads";
}

drivers::Bundle Workbench::bundle(const ProgramDefinition& program) const {
  return drivers::make_bundle({context_.agent, program.path, program.with});
}

std::string Workbench::output_of(const ProgramDefinition& program,
                                 std::vector<std::string> arguments) const {
  const auto bundled = bundle(program);
  const auto driver = drivers::make_driver(find_target("process", {}), context_);
  const auto prepared = driver->prepare(bundled, Deadline::after(clock(), kPrepareLimit));
  drivers::Job job;
  job.argv = bundled.command;
  std::move(arguments.begin(), arguments.end(), std::back_inserter(job.argv));
  job.time_limit = kListLimit;
  return capture_output(*driver, prepared, job, clock());
}

std::vector<WorkloadDescription> Workbench::describe_workloads() const {
  ProgramDefinition program;
  program.path = own_workloads();
  return parse_descriptions(output_of(program, {"--describe"}));
}

std::vector<std::string> Workbench::list_benchmarks(
    const ProgramDefinition& program, const std::vector<std::string>& arguments) const {
  auto words = arguments;
  words.emplace_back("--benchmark_list_tests=true");
  return results::parse_benchmark_list(output_of(program, std::move(words)));
}

std::vector<std::string> clean_up(const Workbench& workbench, bool with_cache,
                                  const std::function<bool(std::string_view)>& chosen,
                                  std::vector<std::string>& problems) {
  const auto dead = [&](std::string_view id) {
    return chosen(id) && is_abandoned(workbench.paths(), id);
  };
  std::vector<std::string> removed;
  for (const auto* const entry : drivers::driver_table()) {
    try {
      const auto lines = entry->clean(dead, with_cache, workbench.context());
      removed.insert(removed.end(), lines.begin(), lines.end());
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  // Last: as long as its folder is there, a dead run can be recognised.
  const auto folders = remove_abandoned_folders(workbench.paths(), chosen);
  removed.insert(removed.end(), folders.begin(), folders.end());
  return removed;
}

std::vector<Target> shipped_targets() {
  std::vector<Target> targets;
  for (const auto* const entry : drivers::driver_table()) {
    const auto shipped = entry->shipped_targets();
    targets.insert(targets.end(), shipped.begin(), shipped.end());
  }
  return targets;
}

Target find_target(const std::string& name, const std::map<std::string, Target>& defined) {
  if (const auto found = defined.find(name); found != defined.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [defined_name, target] : defined) names.push_back(defined_name);
  for (auto& target : shipped_targets()) {
    if (target.name == name) return std::move(target);
    names.push_back(target.name);
  }
  throw UsageError("find target \"" + name + "\"", "there is no such target", suggest(name, names));
}

}  // namespace strata::bench
