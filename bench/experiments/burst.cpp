// Instances asked for at once: when the k-th of N is ready, how many start a second, how many fail.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/experiments/experiment.h"
#include "bench/experiments/fleet.h"
#include "bench/experiments/metric_table.h"
#include "bench/experiments/metrics.h"
#include "bench/limits.h"
#include "bench/numbers.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr std::uint64_t kMost = 1000;
/// Processes and threads that an instance may add to the host's for a while: shim, runtime, VMM.
constexpr std::uint64_t kProcessesEach = 32;

constexpr std::array<ParameterSpec, 1> kParameters{
    {{"count", "1,2,4,8,16,32", "instances asked for at once; a list makes a workload each",
      true}}};

std::uint64_t count_of(const Parameters& parameters) {
  return whole_number(parameters, "count", 1, kMost);
}

void check(const Parameters& parameters) { count_of(parameters); }

void require_room(const Parameters& parameters, const HostRoom& room) {
  const auto count = count_of(parameters);
  if (room.processes && *room.processes < count * kProcessesEach) {
    throw Error(fmt::format("start {} instances at once", count),
                fmt::format("this host has room for {} further processes, and they may need {}",
                            *room.processes, count * kProcessesEach),
                "give a smaller --set count=N, or raise kernel.pid_max or the cgroup's pids.max");
  }
}

/// One instance alone tells whether the memory holds `count` of them; it is not measured.
void require_memory(const Stage& stage, std::uint64_t count) {
  const auto before = stage.host_room();
  Fleet one(stage, 1);
  one.start(1, kStartLimit);
  one.require_no_failure();
  const auto usage = one.members().front().instance->usage();
  one.stop(kStopLimit);
  one.require_no_failure();
  const auto each = usage.sandbox.memory.value_or(Bytes{}).count +
                    usage.supervisors.memory.value_or(Bytes{}).count;
  const auto needed = each * count + before.reserve().count;
  if (needed > before.available_memory.count) {
    throw Error(
        fmt::format("start {} instances at once", count),
        fmt::format("one takes {}, and {} of memory are available, of which {} stay free",
                    format_quantity(static_cast<double>(each), "B"),
                    format_quantity(static_cast<double>(before.available_memory.count), "B"),
                    format_quantity(static_cast<double>(before.reserve().count), "B")),
        "give a smaller --set count=N, or free memory");
  }
}

void carry_out(const Stage& stage, Trial& trial) {
  const auto count = count_of(stage.workload.parameters);
  if (count > 1) require_memory(stage, count);
  Fleet fleet(stage, count);
  const auto asked = fleet.start(count, limit_for(count, kStartLimit));

  std::vector<Duration> ready;
  for (const auto& member : fleet.members()) {
    if (!member.is_alive()) continue;
    ready.push_back(member.instance->stamps().at(Stamp::kReady).value() - asked);
  }
  std::sort(ready.begin(), ready.end());
  if (!ready.empty()) {
    add_rate(
        trial, "starts_per_second",
        static_cast<double>(ready.size()) / std::chrono::duration<double>(ready.back()).count());
    add_time(trial, "all_ready", ready.back());
  }
  add_count(trial, "failed_starts", static_cast<double>(count - ready.size()));
  for (std::size_t k = 1; k <= ready.size(); ++k) {
    add_time(trial, indexed("ready", static_cast<double>(k)), ready[k - 1]);
  }
  add_time(trial, "all_removed", fleet.stop(limit_for(count, kStopLimit)));
  fleet.require_no_failure();
}

std::string tables(const Shown& shown) {
  std::string text;
  std::vector<MetricRow> removed;
  for (const auto& workload : shown.workloads) {
    std::vector<MetricRow> rows;
    for (const auto k : thinned(points_of(shown.head, workload.name, "ready"))) {
      rows.push_back({fmt::format("{}", k), workload.name, indexed("ready", k)});
    }
    // A burst of one or two is no curve.
    if (rows.size() > 2) {
      text += metric_table(shown.head,
                           fmt::format("of {} at once, ready:", workload.parameters.at("count")),
                           rows, shown.colour);
    }
    removed.push_back({workload.parameters.at("count"), workload.name, "all_removed"});
  }
  return text + metric_table(shown.head, "all removed again, of", removed, shown.colour);
}

}  // namespace

const Experiment kBurstExperiment{
    .name = "burst",
    .summary = "instances asked for at once: time until the k-th is ready, starts per second",
    .parameters = kParameters,
    .metric = "starts_per_second",
    .check = check,
    .require_room = require_room,
    .carry_out = carry_out,
    .tables = tables,
};

}  // namespace strata::bench
