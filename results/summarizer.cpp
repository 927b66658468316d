#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "results/derived_metrics.h"
#include "results/measurements.h"
#include "results/on_all_cpus.h"
#include "results/result.h"

namespace strata::results {
namespace {

using Key = Measurements::Key;
constexpr auto kNone = CellMeasurements::kNone;

std::vector<double> values_of(const std::vector<Paired>& list) {
  std::vector<double> values;
  values.reserve(list.size());
  for (const auto& one : list) values.push_back(one.value);
  return values;
}

/// Ratio of costs over pairs that both have. Nothing where a value is not positive: it has no
/// ratio.
std::optional<Estimate> overhead_of(std::vector<Paired> target, std::vector<Paired> baseline,
                                    Better better) {
  auto matched = match(std::move(target), std::move(baseline));
  const auto has_ratio = [](double value) { return value > 0; };
  if (matched.first.empty() || !std::ranges::all_of(matched.first, has_ratio) ||
      !std::ranges::all_of(matched.second, has_ratio)) {
    return std::nullopt;
  }
  if (better == Better::kHigher) matched.first.swap(matched.second);
  return paired_ratio(matched.first, matched.second);
}

/// A cell that a line of the summary counts, and the number of its workload.
struct Source {
  std::uint64_t workload = 0;
  const CellMeasurements* cell = nullptr;
};

std::vector<Paired> gather(const std::vector<Source>& sources, std::size_t kind) {
  std::vector<Paired> list;
  for (const auto& [workload, cell] : sources) cell->append_to(list, kind, workload << 32U);
  return list;
}

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

}  // namespace

struct Summarizer::State {
  std::string baseline;
  Measurements measured;

  [[nodiscard]] bool is_base(const Key& key) const {
    return !std::get<2>(key) && measured.targets()[std::get<1>(key)] == baseline;
  }

  /// Startup is the same act whatever is run afterwards: over all workloads it has the most trials.
  void add_startups(std::vector<LinePlan>& lines) const {
    std::map<std::pair<std::size_t, bool>, LinePlan> arms;
    std::vector<Source> base;
    for (const auto& [key, cell] : measured.cells()) {
      const auto& [workload, target, control] = key;
      auto& arm = arms[{target, control}];
      arm.target = target;
      arm.control = control;
      arm.failed += cell.failed();
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
    for (const auto& [key, cell] : measured.cells()) {
      if (is_base(key)) base_of[std::get<0>(key)] = {std::get<0>(key), &cell};
    }
    for (const auto& [key, cell] : measured.cells()) {
      const auto& [workload, target, control] = key;
      LinePlan line;
      line.workload = measured.workloads()[workload];
      line.target = target;
      line.control = control;
      line.failed = cell.failed();
      line.own = {{workload, &cell}};
      if (base_of.contains(workload)) line.base = {base_of[workload]};
      for (const auto& column : cell.columns()) {
        line.kind = column.kind;
        lines.push_back(line);
      }
      line.kind = kNone;
      if (cell.columns().empty()) lines.push_back(line);
    }
  }

  [[nodiscard]] CellSummary make(const LinePlan& plan) const {
    CellSummary line;
    line.workload = plan.workload;
    line.target = measured.targets()[plan.target];
    line.control = plan.control;
    line.failed = plan.failed;
    if (plan.kind >= measured.kinds().size()) {
      // Every trial failed before anything was measured: the cell must still be seen.
      line.metric = plan.workload.empty() ? startup_name() : "real_time";
      line.unit = "ns";
      return line;
    }
    const auto& kind = measured.kinds()[plan.kind];
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
    const auto& kinds = measured.kinds();
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

void Summarizer::add(const Trial& trial) { state_->measured.add(trial); }

Summary Summarizer::finish() const {
  const auto& state = *state_;
  Summary summary;
  summary.trials = state.measured.trials();
  summary.failed = state.measured.failed();
  summary.differing_checksums = state.measured.differing_workloads();
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
