#include "bench/session.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "bench/duration_text.h"
#include "bench/experiments/experiment.h"
#include "bench/interrupt.h"
#include "bench/plan.h"
#include "bench/precision.h"
#include "results/capture.h"
#include "results/journal.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr auto kProbeLimit = std::chrono::seconds(60);
constexpr auto kPrepareLimit = std::chrono::minutes(2);

/// Drivers and lanes of a session; the drivers own what the lanes point to.
struct Prepared {
  std::vector<drivers::Bundle> bundles;
  std::vector<std::unique_ptr<drivers::Driver>> drivers;
  std::map<std::string, Lane> lanes;
  std::vector<Target> targets;  ///< those that are ready, with their facts
  std::optional<Lane> host;     ///< bare processes, where a workload has a peer at the host
  std::map<std::string, Failure> unavailable;
};

/// Drivers of one target for further threads, made and prepared when they are first asked for.
class FurtherDrivers {
 public:
  FurtherDrivers(Target target, std::vector<drivers::Bundle> bundles, const Workbench& workbench)
      : target_(std::move(target)), bundles_(std::move(bundles)), workbench_(workbench) {}
  drivers::Driver& operator()(std::size_t hand) {
    while (made_->size() < hand) {
      auto driver = drivers::make_driver(target_, workbench_.context());
      for (const auto& bundle : bundles_) {
        driver->prepare(bundle, Deadline::after(workbench_.clock(), kPrepareLimit));
      }
      made_->push_back(std::move(driver));
    }
    return *(*made_)[hand - 1];
  }

 private:
  using Drivers = std::vector<std::unique_ptr<drivers::Driver>>;
  Target target_;
  std::vector<drivers::Bundle> bundles_;
  const Workbench& workbench_;
  std::shared_ptr<Drivers> made_ = std::make_shared<Drivers>();
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Prepared prepare(const RunDefinition& definition, const std::vector<std::string>& required,
                 const Workbench& workbench, Progress& progress) {
  const auto& clock = workbench.clock();
  for (const auto& workload : definition.workloads) {
    if (workload.experiment.empty()) continue;
    const auto& experiment = find_experiment(workload.experiment);
    if (experiment.require_room != nullptr) {
      experiment.require_room(workload.parameters, host_room());
    }
  }
  Prepared result;
  for (const auto& program : definition.programs) {
    result.bundles.push_back(workbench.bundle(program));
  }
  for (auto target : definition.targets) {
    const auto configured = target;
    auto driver = drivers::make_driver(target, workbench.context());
    auto availability = driver->probe(Deadline::after(clock, kProbeLimit));
    if (const auto* const why = std::get_if<drivers::Unavailable>(&availability)) {
      if (target.name == definition.baseline || contains(required, target.name)) {
        throw Error(fmt::format("use target {}", target.name), to_string(*why),
                    "`strata doctor` shows what can run here");
      }
      progress.note(fmt::format("left out: target {}: {}", target.name, to_string(*why)));
      result.unavailable.emplace(target.name, *why);
      continue;
    }
    target.facts = std::get<drivers::Ready>(std::move(availability)).facts;
    Lane lane{*driver, {}};
    for (const auto& bundle : result.bundles) {
      lane.prepared.push_back(driver->prepare(bundle, Deadline::after(clock, kPrepareLimit)));
    }
    lane.further = FurtherDrivers(configured, result.bundles, workbench);
    result.lanes.emplace(target.name, std::move(lane));
    result.drivers.push_back(std::move(driver));
    result.targets.push_back(std::move(target));
  }
  if (std::any_of(definition.workloads.begin(), definition.workloads.end(),
                  [](const auto& workload) { return !workload.inside.empty(); })) {
    result.drivers.push_back(drivers::make_driver(find_target("process", {}), workbench.context()));
    result.host.emplace(Lane{*result.drivers.back(), {}});
    for (const auto& bundle : result.bundles) {
      result.host->prepared.push_back(
          result.drivers.back()->prepare(bundle, Deadline::after(clock, kPrepareLimit)));
    }
  }
  return result;
}

std::map<std::string, std::string> bundle_digests(const RunDefinition& definition,
                                                  const std::vector<drivers::Bundle>& bundles) {
  std::map<std::string, std::string> digests;
  for (const auto& workload : definition.workloads) {
    digests[workload.name] = bundles[workload.program].digest;
  }
  return digests;
}

std::string now_utc() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

results::RunHeader make_header(const RunDefinition& definition, const SessionOptions& options,
                               const Workbench& workbench, const Prepared& prepared) {
  results::RunHeader header;
  header.run_id = workbench.run_id();
  header.started_utc = options.started_utc.empty() ? now_utc() : options.started_utc;
  header.strata_version = STRATA_VERSION;
  header.suite = definition.suite;
  header.command_line = options.command_line;
  header.seed = definition.seed;
  header.baseline = definition.baseline;
  header.blocks = definition.blocks;
  header.targets = prepared.targets;
  header.bundle_digests = bundle_digests(definition, prepared.bundles);
  header.unavailable_targets = prepared.unavailable;
  header.environment = results::capture_environment(workbench.context().private_directory);
  header.definition = to_json_text(definition);

  PlanRequest request{{}, {}, definition.baseline, definition.blocks, definition.seed};
  for (const auto& workload : definition.workloads) request.workloads.push_back(workload.name);
  for (const auto& target : prepared.targets) request.targets.push_back(target.name);
  header.plan = make_plan(request);
  return header;
}

/// What the plan has and the journal has not.
std::vector<PlannedTrial> what_is_left(const results::Journal& journal) {
  using Key = std::tuple<std::string, std::string, bool, std::uint32_t>;
  std::set<Key> done;
  for (const auto& trial : journal.trials()) {
    done.emplace(trial.workload, trial.target, trial.control, trial.block);
  }
  auto plan = journal.header().plan;
  std::erase_if(plan, [&](const PlannedTrial& trial) {
    return done.contains({trial.workload, trial.target, trial.control, trial.block});
  });
  return plan;
}

/// From the first trial to result.json, for a new run and a resumed one alike.
SessionResult work_off(const RunDefinition& definition, const Workbench& workbench,
                       Prepared& prepared, results::Journal& journal, Progress& progress,
                       std::unique_ptr<StopRule> rule = {}) {
  const auto plan = what_is_left(journal);
  const auto started = workbench.clock().now();
  const double cpu_before = own_cpu_seconds();
  if (!rule && definition.precision) {
    rule = std::make_unique<PrecisionRule>(definition, *definition.precision);
  }
  std::function<bool()> enough;
  if (rule) {
    for (const auto& trial : journal.trials()) rule->add(trial);
    enough = [&] { return rule->reached(); };
  }
  const auto store = [&](const Trial& trial) {
    journal.append(trial);
    if (rule) rule->add(trial);
  };
  Runner::Parts parts{definition,
                      prepared.bundles,
                      prepared.lanes,
                      workbench.clock(),
                      progress,
                      store,
                      [] { return InterruptGuard::received() != 0; },
                      enough};
  parts.sample_host = [&] { return sample_host(workbench.clock()); };
  if (prepared.host) parts.host = &*prepared.host;
  Runner runner(std::move(parts));
  const auto end = runner.run(plan, static_cast<std::uint32_t>(journal.trials().size()));
  results::RunFooter footer;
  footer.wall_seconds = std::chrono::duration<double>(workbench.clock().now() - started).count();
  footer.strata_cpu_seconds = own_cpu_seconds() - cpu_before;
  footer.interrupted = end.reason != RunEnd::Reason::kDone && end.reason != RunEnd::Reason::kEnough;
  if (end.reason == RunEnd::Reason::kEnough) footer.reason = rule->reason();
  if (end.reason == RunEnd::Reason::kInterrupted) footer.reason = "interrupted by a signal";
  if (end.reason == RunEnd::Reason::kBudget) {
    footer.reason = fmt::format("budget of {} used up", format_duration(*definition.budget));
  }
  journal.append(footer);
  const auto result_file = journal.path().parent_path() / "result.json";
  return {results::write_result(journal.path(), result_file), result_file, end};
}

}  // namespace

SessionResult start_session(const RunDefinition& definition, const SessionOptions& options,
                            const Workbench& workbench, Progress& progress) {
  const InterruptGuard guard;
  auto prepared = prepare(definition, options.required_targets, workbench, progress);
  const auto header = make_header(definition, options, workbench, prepared);
  auto journal = results::Journal::create(options.out, header);
  const auto counted = [](std::size_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  progress.note(fmt::format(
      "{} of {} on {}, seed {}, into {}", counted(header.plan.size(), "trial"),
      counted(definition.workloads.size(), "workload"), counted(prepared.targets.size(), "target"),
      definition.seed, options.out.string()));
  return work_off(definition, workbench, prepared, journal, progress,
                  options.stop_rule ? options.stop_rule(header) : nullptr);
}

SessionResult resume_session(const std::filesystem::path& out, Clock& clock, Progress& progress) {
  const InterruptGuard guard;
  auto journal = results::Journal::resume(out);
  const auto& header = journal.header();
  auto definition = definition_from_json_text(header.definition);
  // Targets that were not there at the start stay left out: a target has to have been in every
  // block.
  std::erase_if(definition.targets, [&](const Target& target) {
    return header.unavailable_targets.contains(target.name);
  });
  const Workbench workbench(clock, header.run_id);
  // What the dead process left would run beside the trials. Only here is an id of our own dead: we
  // hold its lock.
  std::set<std::string> cleaned;
  for (const auto& target : definition.targets) {
    if (!cleaned.insert(target.driver).second) continue;
    drivers::find_driver(target.driver)
        .clean([&](std::string_view id) { return id == header.run_id; }, false,
               workbench.context());
  }
  std::vector<std::string> names;
  for (const auto& target : definition.targets) names.push_back(target.name);
  auto prepared = prepare(definition, names, workbench, progress);
  if (bundle_digests(definition, prepared.bundles) != header.bundle_digests) {
    throw UsageError(fmt::format("resume the run in {}", out.string()),
                     "a program or one of its libraries has changed since it began",
                     "start a new run: results of two programs must not be mixed");
  }
  progress.note(fmt::format("resuming run {}: {} of {} trials are there", header.run_id,
                            journal.trials().size(), header.plan.size()));
  return work_off(definition, workbench, prepared, journal, progress);
}

}  // namespace strata::bench
