#include "drivers/process/process_driver.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "drivers/bundle_folder.h"
#include "drivers/inside.h"
#include "drivers/owned_folder.h"
#include "drivers/process/process_instance.h"
#include "drivers/process_scan.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// For processes that were killed to be gone.
constexpr auto kCleanLimit = std::chrono::seconds(10);

void require_possible(const Target& target, const Limits& limits) {
  const char* const name = limits.memory      ? "memory"
                           : limits.cpus      ? "CPU time"
                           : limits.processes ? "processes"
                                              : nullptr;
  if (name == nullptr) return;
  throw UsageError(fmt::format("start an instance of {}", target.name),
                   fmt::format("a bare process can't be given a limit on {}", name),
                   "use a container target for it");
}

std::vector<std::string> clean(const AbandonedTest& is_abandoned, bool with_cache,
                               const DriverContext& context) {
  std::vector<std::string> removed;
  std::map<pid_t, std::string> runs;
  const auto abandoned = [&](std::vector<FoundProcess> all) {
    std::erase_if(all, [&](const FoundProcess& one) {
      const auto run = one.variable("STRATA_RUN_ID");
      if (!run || !is_abandoned(*run)) return true;
      runs[one.pid] = *run;
      return false;
    });
    return all;
  };
  for (const auto& one :
       kill_processes(abandoned, Deadline::after(monotonic_clock(), kCleanLimit))) {
    removed.push_back(fmt::format("process {} ({}) of run {}", one.pid, one.name, runs[one.pid]));
  }
  const auto folders = clean_laid_out(context.cache_directory, is_abandoned, with_cache);
  removed.insert(removed.end(), folders.begin(), folders.end());
  return removed;
}

}  // namespace

ProcessDriver::ProcessDriver(Target target, const DriverContext& context)
    : target_(std::move(target)), context_(context), scratch_(context.private_directory) {}

Availability ProcessDriver::probe(Deadline deadline) {
  try {
    const OwnedFolder folder(context_.private_directory / "probe");
    const auto bundle = make_agent_bundle(context_.agent);
    const auto root = lay_out(bundle, folder.path(), context_.run_id, deadline);
    const auto instance = start({bundle.digest, root.string()}, {}, deadline);
    auto facts = facts_of(look_inside(*instance, deadline));
    instance->stop(deadline);
    facts.insert({{"accelerator", "native"}, {"network", "host"}, {"scratch", "host"}});
    return strata::drivers::Ready{std::move(facts)};
  } catch (const Error& error) {
    return error.failure();
  }
}

Prepared ProcessDriver::prepare(const Bundle& bundle, Deadline deadline) {
  const auto root = lay_out(bundle, context_.cache_directory, context_.run_id, deadline);
  scratch_.keep_ready();
  return {bundle.digest, root.string()};
}

std::unique_ptr<Instance> ProcessDriver::start(const Prepared& prepared, const Limits& limits,
                                               Deadline deadline) {
  const auto requested = context_.clock.now();
  require_possible(target_, limits);
  auto instance = std::make_unique<ProcessInstance>(
      ProcessSetup{prepared.location, context_.run_id, scratch_.take(), limits.cpu_set}, requested,
      context_.clock);
  instance->await_hello(deadline);
  // For the next start, now that this one's time has been taken.
  scratch_.keep_ready();
  return instance;
}

const DriverEntry kProcessDriverEntry{
    .name = "process",
    .summary = "a bare process of this host: the baseline",
    .options = {},
    .shipped_targets =
        [] {
          return std::vector<Target>{{"process", "process", {}, {}}};
        },
    .make = [](const Target& target, const DriverContext& context) -> std::unique_ptr<Driver> {
      return std::make_unique<ProcessDriver>(target, context);
    },
    .clean = clean,
};

}  // namespace strata::drivers
