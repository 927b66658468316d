// How an instance's startup is made up of phases, and how it is distributed. Instances one at a
// time; a trial is an ordinary run of the least program there is, the agent's own --version.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bench/columns.h"
#include "bench/experiments/experiment.h"
#include "bench/experiments/metric_table.h"
#include "bench/numbers.h"
#include "results/comparison.h"
#include "results/statistics.h"

namespace strata::bench {
namespace {

std::string phases(const Shown& shown) {
  constexpr std::array<std::pair<const char*, const char*>, 8> kPhases{
      {{"created", "until_created"},
       {"launched", "until_launched"},
       {"kernel", "until_kernel"},
       {"main", "until_main"},
       {"ready", "startup"},
       {"first result", "until_first_result"},
       {"stopped", "until_stopped"},
       {"removed", "lifetime"}}};
  std::vector<MetricRow> rows;
  for (const auto& [label, metric] : kPhases) {
    rows.push_back({label, shown.workloads.front().name, metric});
  }
  return metric_table(shown.head, "time from the request until", rows, shown.colour);
}

constexpr auto kTooFew = "too few trials";

/// Percentiles, as far as there are trials enough to support them.
std::string distribution(const Shown& shown) {
  const auto run = results::read_measurements(shown.result_file, {"startup"});
  constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
      {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};
  std::vector<std::vector<ColumnText>> lines{{{"startup", ""}}};
  for (const auto& [label, q] : kQuantiles) lines.push_back({{label, ""}});
  for (const auto& target : shown.head.header.targets) {
    std::vector<results::Paired> values;
    const auto* const cell = run.measurements.cell(shown.workloads.front().name, target.name);
    if (cell != nullptr) cell->append_to(values, 0);
    std::vector<double> numbers;
    for (const auto& value : values) numbers.push_back(value.value);
    lines[0].push_back({fmt::format("{} ({} trials)", target.name, numbers.size()), ""});
    for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
      const auto value = results::supported_percentile(numbers, kQuantiles[i].second);
      lines[i + 1].push_back({value ? format_quantity(*value, "ns") : kTooFew, ""});
    }
  }
  std::erase_if(lines, [](const auto& line) {
    return std::all_of(line.begin() + 1, line.end(),
                       [](const ColumnText& cell) { return cell.text == kTooFew; });
  });
  if (lines.size() == 1) return {};
  return "\n" + lay_out(lines, shown.colour);
}

std::string tables(const Shown& shown) { return phases(shown) + distribution(shown); }

}  // namespace

const Experiment kStartupExperiment{
    .name = "startup",
    .summary = "startup of instances, one at a time: phases and distribution",
    .parameters = {},
    .metric = "startup",
    .has_stamps = true,
    .tables = tables,
};

}  // namespace strata::bench
