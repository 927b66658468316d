#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "results/derived_metrics.h"
#include "results/result.h"

namespace strata::results {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct MetricKind {
  std::string unit;
  Better better = Better::kLower;
};

/// All good trials of one cell, a column for each metric; kMissing where a trial has it not.
struct Cell {
  std::vector<std::uint32_t> blocks;
  std::map<std::string, std::vector<double>> columns;
  std::map<std::string, MetricKind> kinds;
  std::size_t failed = 0;

  void add(const Metric& metric) {
    auto& column = columns[metric.name];
    column.resize(blocks.size(), kMissing);
    column.back() = metric.value;
    kinds.try_emplace(metric.name, MetricKind{metric.unit, metric.better});
  }
};

/// Workload, target, control: the order of the summary.
using CellKey = std::tuple<std::string, std::string, bool>;

/// A value and what it is paired by. Over all workloads that is workload and block; the two are put
/// into one number.
struct Paired {
  std::uint64_t pair = 0;
  double value = 0;
};

void append(const Cell& cell, const std::string& metric, std::uint64_t workload,
            std::vector<Paired>& out) {
  const auto column = cell.columns.find(metric);
  if (column == cell.columns.end()) return;
  for (std::size_t i = 0; i < column->second.size(); ++i) {
    if (std::isnan(column->second[i])) continue;
    out.push_back({(workload << 32U) | cell.blocks[i], column->second[i]});
  }
}

std::vector<double> values_of(const std::vector<Paired>& list) {
  std::vector<double> values;
  values.reserve(list.size());
  for (const auto& one : list) values.push_back(one.value);
  return values;
}

void sort_by_pair(std::vector<Paired>& list) {
  const auto before = [](const Paired& a, const Paired& b) { return a.pair < b.pair; };
  if (!std::is_sorted(list.begin(), list.end(), before))
    std::sort(list.begin(), list.end(), before);
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

}  // namespace

struct Summarizer::State {
  std::string baseline;
  std::map<CellKey, Cell> cells;
  std::map<std::string, std::set<std::string>> programs;   ///< workload -> digests
  std::map<std::string, std::set<std::string>> checksums;  ///< workload -> what was computed
  std::size_t trials = 0;
  std::size_t failed = 0;
};

Summarizer::Summarizer(std::string baseline) : state_(std::make_unique<State>()) {
  state_->baseline = std::move(baseline);
}
Summarizer::~Summarizer() = default;
Summarizer::Summarizer(Summarizer&&) noexcept = default;
Summarizer& Summarizer::operator=(Summarizer&&) noexcept = default;

void Summarizer::add(const Trial& trial) {
  ++state_->trials;
  auto& cell = state_->cells[{trial.workload, trial.target, trial.control}];
  if (trial.failure) {
    ++state_->failed;
    ++cell.failed;
    return;
  }
  cell.blocks.push_back(trial.block);
  for (const auto& metric : trial.metrics) cell.add(metric);
  for (const auto& metric : derived_metrics(trial.stamps)) cell.add(metric);
  state_->programs[trial.workload].insert(trial.program_digest);
  if (trial.checksum) state_->checksums[trial.workload].insert(*trial.checksum);
}

Summary Summarizer::finish() const {
  Summary summary;
  summary.trials = state_->trials;
  summary.failed = state_->failed;
  for (const auto& [workload, digests] : state_->programs) {
    const auto checksums = state_->checksums.find(workload);
    const bool differ = checksums != state_->checksums.end() && checksums->second.size() > 1;
    if (digests.size() > 1 || differ) summary.differing_checksums.push_back(workload);
  }

  const auto summarise = [&](CellSummary cell, const std::vector<Paired>& values,
                             const std::vector<Paired>& baseline) {
    if (!values.empty()) cell.location = median_with_interval(values_of(values));
    if (cell.target != state_->baseline || cell.control) {
      cell.overhead = overhead_of(values, baseline, cell.better);
    }
    summary.cells.push_back(std::move(cell));
  };

  // Startup is the same act whatever is run afterwards: over all workloads it has the most trials.
  std::map<std::pair<std::string, bool>, std::vector<Paired>> startups;
  std::map<std::string, std::uint64_t> workload_numbers;
  for (const auto& [key, cell] : state_->cells) {
    const auto& [workload, target, control] = key;
    const auto number =
        workload_numbers.try_emplace(workload, workload_numbers.size()).first->second;
    append(cell, "startup", number, startups[{target, control}]);
  }
  const auto baseline_startups = startups.find({state_->baseline, false});
  for (const auto& [arm, values] : startups) {
    CellSummary cell;
    cell.target = arm.first;
    cell.control = arm.second;
    cell.metric = "startup";
    cell.unit = "ns";
    summarise(
        std::move(cell), values,
        baseline_startups == startups.end() ? std::vector<Paired>() : baseline_startups->second);
  }

  for (const auto& [key, cell] : state_->cells) {
    const auto& [workload, target, control] = key;
    const auto base = state_->cells.find({workload, state_->baseline, false});
    CellSummary row;
    row.workload = workload;
    row.target = target;
    row.control = control;
    row.failed = cell.failed;
    if (cell.columns.empty()) {  // every trial failed: the row must still be seen
      row.metric = "real_time";
      row.unit = "ns";
      summary.cells.push_back(std::move(row));
      continue;
    }
    for (const auto& [metric, kind] : cell.kinds) {
      row.metric = metric;
      row.unit = kind.unit;
      row.better = kind.better;
      std::vector<Paired> values;
      std::vector<Paired> baseline;
      append(cell, metric, 0, values);
      if (base != state_->cells.end()) append(base->second, metric, 0, baseline);
      summarise(row, values, baseline);
    }
  }
  return summary;
}

}  // namespace strata::results
