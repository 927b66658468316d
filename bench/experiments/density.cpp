// Idle instances are added until a memory budget or a count is reached: what each takes, and what
// part of that its supervisors do.
//
// Two figures for each number of instances. `memory` is what the processes of the instances hold,
// sandboxes and supervisors (PSS where the kernel has it, so that shared pages are shared out), and
// by what the daemons that serve all of them have grown: no other program's doing is in it.
// `host_memory` is by how much the memory that the kernel calls available has fallen: what the
// kernel and the engine keep for an instance is in it as well, and so is whatever else happens on
// the host meanwhile.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "bench/experiments/experiment.h"
#include "bench/experiments/fleet.h"
#include "bench/experiments/line_fit.h"
#include "bench/experiments/metric_table.h"
#include "bench/experiments/metrics.h"
#include "bench/limits.h"
#include "bench/numbers.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr std::uint64_t kMost = 100'000;
/// Threads that start and stop instances at the same time.
constexpr std::size_t kHands = 4;
/// An instance that has just started still gives memory back.
constexpr auto kSettle = std::chrono::milliseconds(300);
/// Points of the curve, as far as the count goes.
constexpr std::uint64_t kPoints = 8;

constexpr std::array<ParameterSpec, 2> kParameters{
    {{"count", "64", "instances at most"},
     {"memory", "25%", "memory that all of them may take: a part of the host's, or 4GiB"}}};

std::uint64_t count_of(const Parameters& parameters) {
  return whole_number(parameters, "count", 3, kMost);
}

std::string text_of(std::uint64_t bytes) {
  return format_quantity(static_cast<double>(bytes), "B");
}

void check(const Parameters& parameters) {
  count_of(parameters);
  memory_amount(parameters, "memory", mebibytes(1024));
}

void require_room(const Parameters& parameters, const HostRoom& room) {
  const auto budget = memory_amount(parameters, "memory", room.memory);
  if (budget.count + room.reserve().count <= room.available_memory.count) return;
  throw Error(fmt::format("fill {} of memory with instances", text_of(budget.count)),
              fmt::format("{} of {} are available, and {} have to stay free",
                          text_of(room.available_memory.count), text_of(room.memory.count),
                          text_of(room.reserve().count)),
              "free memory, or give a smaller --set memory=…");
}

/// What all live instances hold.
struct Held {
  double sandboxes = 0;
  double supervisors = 0;
  double daemons = 0;    ///< by what those that serve all instances alike have grown
  bool is_known = true;  ///< every instance could tell
  [[nodiscard]] double all() const { return sandboxes + supervisors + daemons; }
};

Held held_by(Fleet& fleet) {
  std::vector<drivers::Usage> usages(fleet.members().size());
  fleet.each([&](const Fleet::Member& member) {
    usages[static_cast<std::size_t>(&member - fleet.members().data())] = member.instance->usage();
  });
  Held held;
  for (const auto& usage : usages) {
    if (!usage.sandbox.memory && !usage.supervisors.memory) held.is_known = false;
    held.sandboxes += static_cast<double>(usage.sandbox.memory.value_or(Bytes{}).count);
    held.supervisors += static_cast<double>(usage.supervisors.memory.value_or(Bytes{}).count);
    // Each tells by what they have grown for all of them.
    held.daemons =
        std::max(held.daemons, static_cast<double>(usage.daemons.memory.value_or(Bytes{}).count));
  }
  return held;
}

/// The curves of one trial.
class Curves {
 public:
  void add(std::size_t instances, const std::optional<Held>& held, double host) {
    counts_.push_back(static_cast<double>(instances));
    host_.push_back(host);
    if (!held) return;
    sandboxes_.push_back(held->sandboxes);
    supervisors_.push_back(held->supervisors);
    daemons_.push_back(held->daemons);
    all_.push_back(held->all());
  }

  void put_into(Trial& trial) const {
    if (counts_.size() >= 2) {
      put_slope(trial, "memory_per_instance", all_);
      put_slope(trial, "sandbox_memory_per_instance", sandboxes_);
      put_slope(trial, "supervisors_memory_per_instance", supervisors_);
      put_slope(trial, "daemons_memory_per_instance", daemons_);
      put_slope(trial, "host_memory_per_instance", host_);
    }
    put_curve(trial, "memory", all_);
    put_curve(trial, "host_memory", host_);
  }

 private:
  void put_curve(Trial& trial, const char* name, const std::vector<double>& y) const {
    if (y.size() != counts_.size()) return;
    for (std::size_t i = 0; i < y.size(); ++i) add_bytes(trial, indexed(name, counts_[i]), y[i]);
  }
  void put_slope(Trial& trial, const std::string& name, const std::vector<double>& y) const {
    if (y.size() != counts_.size()) return;
    const auto slope = slope_of(counts_, y);
    add_bytes(trial, name, slope.value);
    if (!slope.interval) return;
    add_bytes(trial, name + "_low", slope.interval->low);
    add_bytes(trial, name + "_high", slope.interval->high);
  }

  std::vector<double> counts_;
  std::vector<double> sandboxes_;  ///< empty where instances can't tell; as are the next three
  std::vector<double> supervisors_;
  std::vector<double> daemons_;
  std::vector<double> all_;
  std::vector<double> host_;
};

void carry_out(const Stage& stage, Trial& trial) {
  const auto count = count_of(stage.workload.parameters);
  const auto before = stage.host_room();
  require_room(stage.workload.parameters, before);
  const auto budget =
      static_cast<double>(memory_amount(stage.workload.parameters, "memory", before.memory).count);
  const auto step = std::max<std::uint64_t>(1, count / kPoints);

  Fleet fleet(stage, std::min<std::size_t>(kHands, count));
  Curves curves;
  std::string why;
  double used = 0;
  while (fleet.members().size() < count && why.empty()) {
    const auto more = std::min<std::uint64_t>(step, count - fleet.members().size());
    // The next ones will take about what those before did.
    const auto started = static_cast<double>(fleet.members().size());
    const double next = started > 0 ? used / started * static_cast<double>(more) : 0;
    if (used + next > budget) break;
    fleet.start(more, limit_for(more, kStartLimit));
    if (fleet.alive() < fleet.members().size()) break;
    stage.clock.sleep_until(stage.clock.now() + kSettle);
    const auto held = held_by(fleet);
    const auto now = stage.host_room();
    const double fallen = static_cast<double>(before.available_memory.count) -
                          static_cast<double>(now.available_memory.count);
    curves.add(fleet.alive(), held.is_known ? std::optional(held) : std::nullopt, fallen);
    used = held.is_known ? held.all() : fallen;
    why = out_of_room(before, now);
  }
  add_count(trial, "instances", static_cast<double>(fleet.alive()));
  curves.put_into(trial);
  add_time(trial, "all_removed", fleet.stop(limit_for(fleet.members().size(), kStopLimit)));
  fleet.require_no_failure();
  if (!why.empty()) {
    stage.note(fmt::format("{}: {} instances of {}, then no more: {}", trial.workload,
                           fleet.members().size(), trial.target, why));
  }
  if (trial.metric("memory_per_instance") == nullptr &&
      trial.metric("host_memory_per_instance") == nullptr) {
    throw Error("fit a line through the memory of instances", "there was room for too few of them",
                "give a smaller --set count=N, for smaller steps, or a larger --set memory=…");
  }
}

std::string tables(const Shown& shown) {
  std::string text;
  for (const auto& workload : shown.workloads) {
    for (const auto& [title, curve] : {std::pair("idle instances: memory held by them", "memory"),
                                       std::pair("memory the host lost to them", "host_memory")}) {
      std::vector<MetricRow> rows;
      for (const auto n : points_of(shown.head, workload.name, curve)) {
        rows.push_back({fmt::format("{}", n), workload.name, indexed(curve, n)});
      }
      text += metric_table(shown.head, title, rows, shown.colour);
    }
    std::vector<MetricRow> rows;
    for (const auto& [label, metric] : std::initializer_list<std::pair<const char*, const char*>>{
             {"held by its processes", "memory_per_instance"},
             {"  within, sandbox", "sandbox_memory_per_instance"},
             {"  within, supervisors", "supervisors_memory_per_instance"},
             {"  within, daemons", "daemons_memory_per_instance"},
             {"lost to the host", "host_memory_per_instance"},
             {"instances", "instances"},
             {"all removed after", "all_removed"}}) {
      rows.push_back({label, workload.name, metric});
    }
    text += metric_table(shown.head, "each further instance", rows, shown.colour);
  }
  return text;
}

}  // namespace

const Experiment kDensityExperiment{
    .name = "density",
    .summary = "idle instances side by side: memory of each, and its supervisors' part",
    .parameters = kParameters,
    .metric = "memory_per_instance",
    .check = check,
    .require_room = require_room,
    .carry_out = carry_out,
    .tables = tables,
};

}  // namespace strata::bench
