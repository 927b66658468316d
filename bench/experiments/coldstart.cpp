// What the first call of an instance costs that is not there yet, against a call of one that is;
// and what a call costs after a pause: does the paradigm put idle instances aside?
//
// A call is a job, the agent's own --version: what is measured is the way to it and back. `cold`
// runs from the request for the instance to the first result, `warm` from the call to its result.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "bench/experiments/experiment.h"
#include "bench/experiments/fleet.h"
#include "bench/experiments/metric_table.h"
#include "bench/experiments/metrics.h"
#include "bench/limits.h"
#include "bench/program_run.h"
#include "results/statistics.h"

namespace strata::bench {
namespace {

constexpr std::uint64_t kMost = 1000;
constexpr std::uint64_t kMostCalls = 100'000;

constexpr std::array<ParameterSpec, 2> kColdParameters{
    {{"count", "1,2,4,8,16", "instances asked for at once; a list makes a workload each", true},
     {"calls", "5", "warm calls of each instance"}}};
constexpr std::array<ParameterSpec, 1> kIdleParameters{
    {{"pauses", "100ms,300ms,1s,3s", "how long the instance is left alone before each call"}}};

/// Runs the job once; throws Error unless it ended well. Returns how long it took.
Duration call(const Stage& stage, drivers::Instance& instance, const drivers::Job& job) {
  const auto asked = stage.clock.now();
  const auto outcome =
      instance.run(job, Deadline::after(stage.clock, job.time_limit + kAnswerGrace));
  const auto took = stage.clock.now() - asked;
  Trial unused;
  read_outcome(stage.definition, stage.workload, outcome, unused);
  return took;
}

Duration median_of(const std::vector<Duration>& durations) {
  std::vector<double> numbers;
  for (const auto duration : durations) numbers.push_back(static_cast<double>(duration.count()));
  return Duration(static_cast<Duration::rep>(results::median(numbers)));
}

std::uint64_t count_of(const Parameters& parameters) {
  return whole_number(parameters, "count", 1, kMost);
}
std::uint64_t calls_of(const Parameters& parameters) {
  return whole_number(parameters, "calls", 1, kMostCalls);
}

void check_cold(const Parameters& parameters) {
  count_of(parameters);
  calls_of(parameters);
}

void carry_out_cold(const Stage& stage, Trial& trial) {
  const auto count = count_of(stage.workload.parameters);
  const auto calls = calls_of(stage.workload.parameters);
  const auto job = make_job(stage.definition, stage.workload, stage.bundle);
  Fleet fleet(stage, count);
  const auto asked = fleet.start(count, limit_for(count, kStartLimit), [&](Fleet::Member& member) {
    call(stage, *member.instance, job);
  });
  std::vector<Duration> cold;
  for (const auto& member : fleet.members()) {
    if (member.is_alive()) {
      cold.push_back(member.instance->stamps().at(Stamp::kFirstResult).value() - asked);
    }
  }
  std::sort(cold.begin(), cold.end());
  if (!cold.empty()) add_time(trial, "cold", median_of(cold));

  std::vector<std::vector<Duration>> warm(count);
  fleet.each([&](Fleet::Member& member) {
    auto& its = warm[static_cast<std::size_t>(&member - fleet.members().data())];
    for (std::uint64_t i = 0; i < calls; ++i) its.push_back(call(stage, *member.instance, job));
  });
  std::vector<Duration> all;
  for (const auto& its : warm) all.insert(all.end(), its.begin(), its.end());
  if (!all.empty()) add_time(trial, "warm", median_of(all));

  add_count(trial, "failed_starts", static_cast<double>(count - cold.size()));
  for (std::size_t k = 1; k <= cold.size(); ++k) {
    add_time(trial, indexed("first_result", static_cast<double>(k)), cold[k - 1]);
  }
  fleet.stop(limit_for(count, kStopLimit));
  fleet.require_no_failure();
}

void check_idle(const Parameters& parameters) { growing_durations(parameters, "pauses"); }

void carry_out_idle(const Stage& stage, Trial& trial) {
  const auto pauses = growing_durations(stage.workload.parameters, "pauses");
  const auto job = make_job(stage.definition, stage.workload, stage.bundle);
  const auto instance =
      stage.driver(0).start(stage.prepared, {}, Deadline::after(stage.clock, kStartLimit));
  call(stage, *instance, job);
  add_time(trial, "warm", call(stage, *instance, job));
  Duration last{};
  for (const auto pause : pauses) {
    stage.clock.sleep_until(stage.clock.now() + pause);
    last = call(stage, *instance, job);
    add_time(trial, indexed("after_pause", std::chrono::duration<double>(pause).count()), last);
  }
  add_time(trial, "after_longest_pause", last);
  instance->stop(Deadline::after(stage.clock, kStopLimit));
}

std::string cold_tables(const Shown& shown) {
  std::vector<MetricRow> cold;
  std::vector<MetricRow> warm;
  for (const auto& workload : shown.workloads) {
    const auto& count = workload.parameters.at("count");
    cold.push_back({count, workload.name, "cold"});
    warm.push_back({count, workload.name, "warm"});
  }
  return metric_table(shown.head, "cold call, of so many at once", cold, shown.colour) +
         metric_table(shown.head, "warm call, of so many at once", warm, shown.colour);
}

std::string idle_tables(const Shown& shown) {
  const auto& name = shown.workloads.front().name;
  std::vector<MetricRow> rows{{"none", name, "warm"}};
  for (const auto pause : points_of(shown.head, name, "after_pause")) {
    rows.push_back({fmt::format("{} s", pause), name, indexed("after_pause", pause)});
  }
  return metric_table(shown.head, "call after a pause of", rows, shown.colour);
}

}  // namespace

const Experiment kColdstartExperiment{
    .name = "coldstart",
    .summary = "the first call of a fresh instance against a call of one that is there",
    .parameters = kColdParameters,
    .metric = "cold",
    .check = check_cold,
    .carry_out = carry_out_cold,
    .tables = cold_tables,
};

const Experiment kIdleExperiment{
    .name = "idle",
    .summary = "a call after the instance was left alone for a while: when does it go cold?",
    .parameters = kIdleParameters,
    .metric = "after_longest_pause",
    .check = check_idle,
    .carry_out = carry_out_idle,
    .tables = idle_tables,
};

}  // namespace strata::bench
