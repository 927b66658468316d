#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <future>
#include <limits>
#include <map>
#include <thread>
#include <tuple>
#include <utility>

#include "results/derived_metrics.h"
#include "results/result.h"
#include "results/text_table.h"

namespace strata::results {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// One metric of all good trials of a cell, in the order they came; kMissing where a trial has it
/// not.
struct Column {
  std::size_t kind = 0;
  std::vector<double> values;
};

/// All good trials of one cell, in numbers only.
struct Cell {
  std::vector<std::uint32_t> blocks;
  std::vector<Column> columns;
  std::vector<std::size_t> column_of;  ///< by metric; kNone where there is none
  std::size_t failed = 0;

  void add(std::size_t kind, double value) {
    if (kind >= column_of.size()) column_of.resize(kind + 1, kNone);
    if (column_of[kind] == kNone) {
      column_of[kind] = columns.size();
      columns.push_back({kind, {}});
    }
    auto& values = columns[column_of[kind]].values;
    values.resize(blocks.size(), kMissing);
    values.back() = value;
  }
  [[nodiscard]] const Column* column(std::size_t kind) const {
    const bool there = kind < column_of.size() && column_of[kind] != kNone;
    return there ? &columns[column_of[kind]] : nullptr;
  }
};

/// A value and what it is paired by. Over all workloads that is workload and block; the two are put
/// into one number.
struct Paired {
  std::uint64_t pair = 0;
  double value = 0;
};

/// A cell that a line of the summary counts, and the number of its workload.
struct Source {
  std::uint64_t workload = 0;
  const Cell* cell = nullptr;
};

std::vector<Paired> gather(const std::vector<Source>& sources, std::size_t kind) {
  std::vector<Paired> list;
  for (const auto& [workload, cell] : sources) {
    const auto* const column = cell->column(kind);
    if (column == nullptr) continue;
    list.reserve(list.size() + column->values.size());
    for (std::size_t i = 0; i < column->values.size(); ++i) {
      if (std::isnan(column->values[i])) continue;
      list.push_back({(workload << 32U) | cell->blocks[i], column->values[i]});
    }
  }
  return list;
}

std::vector<double> values_of(const std::vector<Paired>& list) {
  std::vector<double> values;
  values.reserve(list.size());
  for (const auto& one : list) values.push_back(one.value);
  return values;
}

void sort_by_pair(std::vector<Paired>& list) {
  const auto before = [](const Paired& a, const Paired& b) { return a.pair < b.pair; };
  if (std::is_sorted(list.begin(), list.end(), before)) return;
  std::stable_sort(list.begin(), list.end(), before);
}

/// Ratio of costs over pairs that both have. Nothing where a value is not positive: it has no
/// ratio.
std::optional<Estimate> overhead_of(std::vector<Paired> target, std::vector<Paired> baseline,
                                    Better better) {
  sort_by_pair(target);
  sort_by_pair(baseline);
  std::vector<double> numerator;
  std::vector<double> denominator;
  for (std::size_t t = 0, b = 0; t < target.size() && b < baseline.size();) {
    if (target[t].pair < baseline[b].pair) {
      ++t;
    } else if (target[t].pair > baseline[b].pair) {
      ++b;
    } else {
      if (!(target[t].value > 0) || !(baseline[b].value > 0)) return std::nullopt;
      numerator.push_back(target[t++].value);
      denominator.push_back(baseline[b++].value);
    }
  }
  if (numerator.empty()) return std::nullopt;
  if (better == Better::kHigher) numerator.swap(denominator);
  return paired_ratio(numerator, denominator);
}

/// What all trials of a workload must agree in. One value is kept: whether another came is all that
/// is asked.
struct Agreement {
  std::optional<std::string> first;
  bool broken = false;

  void add(const std::string& value) {
    if (!first) {
      first = value;
    } else if (*first != value) {
      broken = true;
    }
  }
};

/// Places of workload and target in their tables, and whether it is the control arm.
using CellKey = std::tuple<std::size_t, std::size_t, bool>;

/// A line of the summary before it is worked out.
struct LinePlan {
  std::string workload;  ///< empty: over all
  std::size_t target = 0;
  bool control = false;
  std::size_t kind = kNone;  ///< of metric
  std::size_t failed = 0;
  std::vector<Source> own;
  std::vector<Source> base;  ///< what it is compared with
};

/// Calls task(i) for every i below `count`, on all CPUs: lines do not depend on each other, and
/// when they are worked out no trial is running that could be disturbed. Rethrows what a task
/// threw.
template <typename Task>
void on_all_cpus(std::size_t count, const Task& task) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < count; i = next++) task(i);
  };
  constexpr std::size_t kWorthAThread = 64;
  const auto helpers = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()) - 1,
                                             count / kWorthAThread);
  std::vector<std::future<void>> running;
  for (std::size_t i = 0; i < helpers; ++i) running.push_back(std::async(std::launch::async, work));
  work();
  for (auto& one : running) one.get();
}

}  // namespace

struct Summarizer::State {
  std::string baseline;
  TextTable workloads;
  TextTable targets;
  MetricTable metrics;
  std::map<CellKey, Cell> cells;
  std::vector<Agreement> programs;   ///< by workload
  std::vector<Agreement> checksums;  ///< by workload
  std::size_t trials = 0;
  std::size_t failed = 0;

  [[nodiscard]] bool is_base(const CellKey& key) const {
    return !std::get<2>(key) && targets.texts()[std::get<1>(key)] == baseline;
  }

  /// Startup is the same act whatever is run afterwards: over all workloads it has the most trials.
  void add_startups(std::vector<LinePlan>& lines) const {
    std::map<std::pair<std::size_t, bool>, LinePlan> arms;
    std::vector<Source> base;
    for (const auto& [key, cell] : cells) {
      const auto& [workload, target, control] = key;
      auto& arm = arms[{target, control}];
      arm.target = target;
      arm.control = control;
      arm.failed += cell.failed;
      arm.own.push_back({workload, &cell});
      if (is_base(key)) base.push_back({workload, &cell});
    }
    for (auto& [key, arm] : arms) {
      arm.kind = startup_kind();
      arm.base = base;
      lines.push_back(std::move(arm));
    }
  }

  void add_cells(std::vector<LinePlan>& lines) const {
    std::map<std::size_t, Source> base_of;
    for (const auto& [key, cell] : cells) {
      if (is_base(key)) base_of[std::get<0>(key)] = {std::get<0>(key), &cell};
    }
    for (const auto& [key, cell] : cells) {
      const auto& [workload, target, control] = key;
      LinePlan line;
      line.workload = workloads.texts()[workload];
      line.target = target;
      line.control = control;
      line.failed = cell.failed;
      line.own = {{workload, &cell}};
      if (base_of.contains(workload)) line.base = {base_of[workload]};
      for (const auto& column : cell.columns) {
        line.kind = column.kind;
        lines.push_back(line);
      }
      line.kind = kNone;
      if (cell.columns.empty()) lines.push_back(line);
    }
  }

  [[nodiscard]] CellSummary make(const LinePlan& plan) const {
    CellSummary line;
    line.workload = plan.workload;
    line.target = targets.texts()[plan.target];
    line.control = plan.control;
    line.failed = plan.failed;
    if (plan.kind >= metrics.kinds().size()) {
      // Every trial failed before anything was measured: the cell must still be seen.
      line.metric = plan.workload.empty() ? startup_name() : "real_time";
      line.unit = "ns";
      return line;
    }
    const auto& kind = metrics.kinds()[plan.kind];
    line.metric = kind.name;
    line.unit = kind.unit;
    line.better = kind.better;
    const auto values = gather(plan.own, plan.kind);
    line.location = median_with_interval(values_of(values));
    if (plan.control || line.target != baseline) {
      line.overhead = overhead_of(values, gather(plan.base, plan.kind), kind.better);
    }
    return line;
  }

  static std::string_view startup_name() {
    return kDerivedMetrics[static_cast<std::size_t>(Stamp::kReady)];
  }

  [[nodiscard]] std::size_t startup_kind() const {
    const auto& kinds = metrics.kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const MetricKind& kind) {
      return kind.is_kind_of(startup_name(), "ns", Better::kLower);
    });
    return static_cast<std::size_t>(found - kinds.begin());
  }
};

Summarizer::Summarizer(std::string baseline) : state_(std::make_unique<State>()) {
  state_->baseline = std::move(baseline);
}
Summarizer::~Summarizer() = default;
Summarizer::Summarizer(Summarizer&&) noexcept = default;
Summarizer& Summarizer::operator=(Summarizer&&) noexcept = default;

void Summarizer::add(const Trial& trial) {
  auto& state = *state_;
  ++state.trials;
  const auto workload = state.workloads.place_of(trial.workload);
  auto& cell = state.cells[{workload, state.targets.place_of(trial.target), trial.control}];
  if (trial.failure) {
    ++state.failed;
    ++cell.failed;
    return;
  }
  cell.blocks.push_back(trial.block);
  for (const auto& metric : trial.metrics) {
    cell.add(state.metrics.place_of(metric.name, metric.unit, metric.better), metric.value);
  }
  visit_derived_metrics(trial.stamps, [&](std::string_view name, double value) {
    cell.add(state.metrics.place_of(name, "ns", Better::kLower), value);
  });
  state.programs.resize(state.workloads.texts().size());
  state.checksums.resize(state.workloads.texts().size());
  state.programs[workload].add(trial.program_digest);
  if (trial.checksum) state.checksums[workload].add(*trial.checksum);
}

Summary Summarizer::finish() const {
  const auto& state = *state_;
  Summary summary;
  summary.trials = state.trials;
  summary.failed = state.failed;
  for (std::size_t i = 0; i < state.programs.size(); ++i) {
    if (state.programs[i].broken || state.checksums[i].broken) {
      summary.differing_checksums.push_back(state.workloads.texts()[i]);
    }
  }
  std::sort(summary.differing_checksums.begin(), summary.differing_checksums.end());
  std::vector<LinePlan> plans;
  state.add_startups(plans);
  state.add_cells(plans);
  summary.cells.resize(plans.size());
  on_all_cpus(plans.size(), [&](std::size_t i) { summary.cells[i] = state.make(plans[i]); });
  const auto place = [](const CellSummary& line) {
    return std::tie(line.workload, line.target, line.control, line.metric);
  };
  std::stable_sort(summary.cells.begin(), summary.cells.end(),
                   [&](const CellSummary& a, const CellSummary& b) { return place(a) < place(b); });
  return summary;
}

}  // namespace strata::results
