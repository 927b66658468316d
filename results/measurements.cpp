#include "results/measurements.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "results/derived_metrics.h"

namespace strata::results {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

void sort_by_pair(std::vector<Paired>& list) {
  const auto before = [](const Paired& a, const Paired& b) { return a.pair < b.pair; };
  if (std::is_sorted(list.begin(), list.end(), before)) return;
  std::stable_sort(list.begin(), list.end(), before);
}

}  // namespace

Matched match(std::vector<Paired> first, std::vector<Paired> second) {
  sort_by_pair(first);
  sort_by_pair(second);
  Matched matched;
  for (std::size_t a = 0, b = 0; a < first.size() && b < second.size();) {
    if (first[a].pair < second[b].pair) {
      ++a;
    } else if (first[a].pair > second[b].pair) {
      ++b;
    } else {
      matched.pairs.push_back(first[a].pair);
      matched.first.push_back(first[a++].value);
      matched.second.push_back(second[b++].value);
    }
  }
  return matched;
}

void CellMeasurements::add_value(std::size_t kind, double value) {
  if (kind >= column_of_.size()) column_of_.resize(kind + 1, kNone);
  if (column_of_[kind] == kNone) {
    column_of_[kind] = columns_.size();
    columns_.push_back({kind, {}});
  }
  auto& values = columns_[column_of_[kind]].values;
  values.resize(blocks_.size(), kMissing);
  values.back() = value;
}

void CellMeasurements::append_to(std::vector<Paired>& list, std::size_t kind,
                                 std::uint64_t pair_base) const {
  if (kind >= column_of_.size() || column_of_[kind] == kNone) return;
  const auto& values = columns_[column_of_[kind]].values;
  list.reserve(list.size() + values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) list.push_back({pair_base | blocks_[i], values[i]});
  }
}

void Measurements::Agreement::add(const std::string& value) {
  if (!first) {
    first = value;
  } else if (*first != value) {
    broken = true;
  }
}

void Measurements::add_value(CellMeasurements& cell, std::string_view name, double value,
                             std::string_view unit, Better better) {
  if (!only_.empty() && std::find(only_.begin(), only_.end(), name) == only_.end()) return;
  cell.add_value(metrics_.place_of(name, unit, better), value);
}

void Measurements::add(const Trial& trial) {
  ++trials_;
  const auto workload = workloads_.place_of(trial.workload);
  auto& cell = cells_[{workload, targets_.place_of(trial.target), trial.control}];
  if (trial.failure) {
    ++failed_;
    cell.add_failed();
    return;
  }
  cell.add_trial(trial.block);
  for (const auto& metric : trial.metrics) {
    add_value(cell, metric.name, metric.value, metric.unit, metric.better);
  }
  visit_derived_metrics(trial.stamps, [&](std::string_view name, double value) {
    add_value(cell, name, value, "ns", Better::kLower);
  });
  programs_.resize(workloads_.texts().size());
  checksums_.resize(workloads_.texts().size());
  programs_[workload].add(trial.program_digest);
  if (trial.checksum) checksums_[workload].add(*trial.checksum);
}

const CellMeasurements* Measurements::cell(std::string_view workload, std::string_view target,
                                           bool control) const {
  const auto place_in = [](const std::vector<std::string>& texts, std::string_view text) {
    return static_cast<std::size_t>(std::find(texts.begin(), texts.end(), text) - texts.begin());
  };
  const auto found =
      cells_.find({place_in(workloads(), workload), place_in(targets(), target), control});
  return found == cells_.end() ? nullptr : &found->second;
}

std::vector<Paired> Measurements::over_all_workloads(std::string_view target, bool control,
                                                     std::size_t kind) const {
  std::vector<Paired> list;
  for (const auto& [key, cell] : cells_) {
    const auto& [workload, its_target, its_control] = key;
    if (its_control != control || targets()[its_target] != target) continue;
    cell.append_to(list, kind, std::uint64_t{workload} << 32U);
  }
  return list;
}

std::vector<std::string> Measurements::differing_workloads() const {
  std::vector<std::string> differing;
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    if (programs_[i].broken || checksums_[i].broken) differing.push_back(workloads()[i]);
  }
  std::sort(differing.begin(), differing.end());
  return differing;
}

}  // namespace strata::results
