#include "bench/runner.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <span>

#include "bench/experiments/experiment.h"
#include "bench/limits.h"
#include "bench/peer_run.h"
#include "bench/program_run.h"
#include "bench/remaining_time.h"

namespace strata::bench {
namespace {

std::span<const PlannedTrial> block_at(std::span<const PlannedTrial> rest) {
  const auto end = std::find_if(rest.begin(), rest.end(), [&](const PlannedTrial& trial) {
    return trial.block != rest.front().block;
  });
  return rest.first(static_cast<std::size_t>(end - rest.begin()));
}

}  // namespace

void Runner::measure(const Lane& lane, const WorkloadDefinition& workload, Trial& trial) {
  if (is_more_than_a_run(workload)) return carry_out_experiment(lane, workload, trial);
  const auto& clock = parts_.clock;
  const auto instance =
      lane.driver.start(lane.prepared[workload.program], {}, Deadline::after(clock, kStartLimit));
  try {
    const auto outcome = run(workload, *instance);
    const auto usage = instance->usage();
    instance->stop(Deadline::after(clock, kStopLimit));
    trial.stamps = instance->stamps();
    add_usage(usage, trial);
    read_outcome(parts_.definition, workload, outcome, trial);
  } catch (...) {
    trial.stamps = instance->stamps();  // how far it came is part of the failure
    throw;
  }
}

drivers::Outcome Runner::run(const WorkloadDefinition& workload, drivers::Instance& instance) {
  const auto& clock = parts_.clock;
  const auto job = make_job(parts_.definition, workload, parts_.bundles[workload.program]);
  const auto deadline = Deadline::after(clock, job.time_limit + kAnswerGrace);
  if (workload.inside.empty()) return instance.run(job, deadline);
  const auto host = parts_.host->driver.start(parts_.host->prepared[workload.program], {},
                                              Deadline::after(clock, kStartLimit));
  auto outcome = run_with_peer(workload, job, {instance, *host}, deadline);
  host->stop(Deadline::after(clock, kStopLimit));
  return outcome;
}

void Runner::carry_out_experiment(const Lane& lane, const WorkloadDefinition& workload,
                                  Trial& trial) {
  const auto driver = [&](std::size_t hand) -> drivers::Driver& {
    return hand == 0 ? lane.driver : lane.further(hand);
  };
  find_experiment(workload.experiment)
      .carry_out({parts_.definition, workload, parts_.bundles[workload.program],
                  lane.prepared[workload.program], driver, parts_.clock, parts_.host_room,
                  [&](const std::string& text) { parts_.progress.note(text); }},
                 trial);
}

Trial Runner::carry_out(const PlannedTrial& planned, std::uint32_t order) {
  Trial trial;
  trial.workload = planned.workload;
  trial.target = planned.target;
  trial.control = planned.control;
  trial.block = planned.block;
  trial.order = order;
  const auto& workloads = parts_.definition.workloads;
  const auto workload =
      std::find_if(workloads.begin(), workloads.end(),
                   [&](const WorkloadDefinition& one) { return one.name == planned.workload; });
  // Before the instance is asked for and after it is gone: not within what is measured.
  std::optional<HostSample> before;
  if (parts_.sample_host) before = parts_.sample_host();
  try {
    trial.program_digest = parts_.bundles.at(workload->program).program_digest;
    measure(parts_.lanes.at(planned.target), *workload, trial);
  } catch (const Error& error) {
    trial.failure = error.failure();
  } catch (const std::exception& error) {
    trial.failure = Failure{"run " + planned.workload + " on " + planned.target, error.what(), {}};
  }
  if (before) add_host_noise(*before, parts_.sample_host(), trial);
  return trial;
}

RunEnd Runner::run(const std::vector<PlannedTrial>& plan, std::uint32_t first_order) {
  RunEnd end;
  RemainingTime pace;
  const auto started = parts_.clock.now();
  const auto budget = parts_.definition.budget;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto rest = std::span(plan).subspan(i);
    const bool block_begins = i > 0 && plan[i].block != plan[i - 1].block;
    const auto spent = parts_.clock.now() - started;
    if (budget && (spent >= *budget ||
                   (block_begins &&
                    spent + pace.expected(block_at(rest)).value_or(Duration::zero()) > *budget))) {
      end.reason = RunEnd::Reason::kBudget;
      break;
    }
    if (parts_.enough && (i == 0 || block_begins) && parts_.enough()) {
      end.reason = RunEnd::Reason::kEnough;
      break;
    }
    if (parts_.interrupted()) {
      end.reason = RunEnd::Reason::kInterrupted;
      break;
    }
    parts_.progress.trial_begins(plan[i], i, plan.size(), pace.expected(rest));
    const auto trial_started = parts_.clock.now();
    const auto trial = carry_out(plan[i], first_order + static_cast<std::uint32_t>(i));
    parts_.store(trial);
    pace.ended(plan[i], parts_.clock.now() - trial_started);
    parts_.progress.trial_ended(trial);
    ++end.trials;
    if (trial.failure) ++end.failed;
  }
  parts_.progress.run_ended();
  return end;
}

}  // namespace strata::bench
