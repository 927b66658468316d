#include "bench/overhead_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "bench/columns.h"
#include "bench/definition.h"
#include "bench/estimate_text.h"
#include "bench/experiments/experiment.h"
#include "bench/numbers.h"
#include "results/summary_json.h"

namespace strata::bench {
namespace {

using results::CellSummary;

struct Row {
  std::string label;
  std::string workload;  ///< empty: over all workloads
  std::string metric;
};

std::vector<Row> rows_of(const RunDefinition& definition) {
  std::vector<Row> rows;
  const auto counts_for_startup = [](const WorkloadDefinition& workload) {
    return workload.experiment.empty() || find_experiment(workload.experiment).has_stamps;
  };
  if (std::ranges::any_of(definition.workloads, counts_for_startup)) {
    rows.push_back({"startup", "", "startup"});
  }
  for (const auto& workload : definition.workloads) {
    if (!workload.experiment.empty()) {
      if (workload.metric == "startup") continue;  // it has a row already
      rows.push_back(
          {fmt::format("{} {}", workload.name, workload.metric), workload.name, workload.metric});
      continue;
    }
    const auto kind = definition.programs[workload.program].kind;
    if (kind == ProgramDefinition::Kind::kGoogleBenchmark) {
      rows.push_back({workload.name, workload.name, workload.metric});
      continue;
    }
    for (const auto& [label, metric] : std::initializer_list<std::pair<const char*, const char*>>{
             {"wall", "real_time"},
             {"user", "user_time"},
             {"system", "system_time"},
             {"peak memory", "peak_memory"}}) {
      rows.push_back({fmt::format("{} {}", workload.name, label), workload.name, metric});
    }
  }
  return rows;
}

const CellSummary* find(const results::Summary& summary, const Row& row, const std::string& target,
                        bool control) {
  for (const auto& cell : summary.cells) {
    if (cell.workload == row.workload && cell.metric == row.metric && cell.control == control &&
        cell.target == target) {
      return &cell;
    }
  }
  return nullptr;
}

/// The smallest relative difference that stands out from the run's own noise: the far end of the
/// A/A interval. Nothing if there are too few blocks for one.
std::optional<double> noise_floor(const CellSummary* control) {
  if (control == nullptr || !control->overhead || !control->overhead->interval) return std::nullopt;
  const auto& interval = *control->overhead->interval;
  return std::max(std::abs(std::log(interval.low)), std::abs(std::log(interval.high)));
}

std::string percent(double log_ratio) {
  return fmt::format("{} %", format_significant(std::expm1(log_ratio) * 100));
}

ColumnText ratio_cell(const CellSummary& cell, std::optional<double> floor) {
  const auto& overhead = *cell.overhead;
  const auto median = format_quantity(cell.location.value, cell.unit);
  if (!overhead.interval) {
    return {fmt::format("{}  (no interval from {} pairs)", median, overhead.count), ""};
  }
  const auto& interval = *overhead.interval;
  const bool includes_one = interval.low <= 1 && interval.high >= 1;
  const bool in_noise = floor && std::abs(std::log(overhead.value)) <= *floor;
  if (includes_one || in_noise) {
    const double hidden = std::max(
        {floor.value_or(0), std::abs(std::log(interval.low)), std::abs(std::log(interval.high))});
    return {
        fmt::format("{}  {}x {}, no difference found above {}", median,
                    format_significant(overhead.value), interval_text(interval), percent(hidden)),
        ""};
  }
  return {fmt::format("{}  {}x {}", median, format_significant(overhead.value),
                      interval_text(interval)),
          overhead.value > 1 ? kYellow : kGreen};
}

ColumnText make_cell(const CellSummary* cell, std::optional<double> floor) {
  if (cell == nullptr) return {"-", ""};
  if (cell->location.count == 0) return {fmt::format("{} failed", cell->failed), kRed};
  return cell->overhead ? ratio_cell(*cell, floor) : ColumnText{located(*cell), ""};
}

}  // namespace

std::string overhead_table(const results::ResultHead& head, bool colour) {
  const auto definition = definition_from_json_text(head.header.definition);
  const auto& baseline = head.header.baseline;
  std::vector<ColumnText> titles{{"", ""}};
  std::vector<std::string> names;
  for (const auto& target : head.header.targets) {
    names.push_back(target.name);
    titles.push_back(title_of(target, baseline));
  }
  titles.push_back({"noise (A/A)", ""});

  std::vector<std::vector<ColumnText>> lines{std::move(titles)};
  const auto rows = rows_of(definition);
  for (const auto& row : rows) {
    std::vector<ColumnText> line{{row.label, ""}};
    const auto floor = noise_floor(find(head.summary, row, baseline, true));
    for (const auto& name : names) {
      line.push_back(make_cell(find(head.summary, row, name, false), floor));
    }
    line.push_back({floor ? percent(*floor) : "-", ""});
    lines.push_back(std::move(line));
  }
  auto text = lay_out(lines, colour);
  text += fmt::format(
      "medians; NNx: cost over {}, paired by block, with its 95 % interval (2x is twice the time, "
      "or half the rate)\n",
      baseline);
  if (!rows.empty() && rows.front().workload.empty()) {
    text += "startup: from the request to the agent's hello\n";
  }
  return text;
}

std::string summary_json(const results::ResultHead& head) {
  nlohmann::json json = head.summary;
  json["run_id"] = head.header.run_id;
  json["suite"] = head.header.suite;
  json["baseline"] = head.header.baseline;
  json["seed"] = head.header.seed;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string remarks(const results::ResultHead& head) {
  std::string text;
  if (head.summary.failed > 0) {
    text += fmt::format("{} of {} trials failed; they are in the result with their errors\n",
                        head.summary.failed, head.summary.trials);
  }
  for (const auto& workload : head.summary.differing_checksums) {
    text += fmt::format(
        "{}: what it computed differs between trials: its ratios compare different work\n",
        workload);
  }
  for (const auto& [name, failure] : head.header.unavailable_targets) {
    text += fmt::format("not measured: {}: {}\n", name, to_string(failure));
  }
  if (!head.footers.empty() && head.footers.back().interrupted) {
    text += fmt::format("the run ended early: {}; --resume goes on\n", head.footers.back().reason);
  }
  return text;
}

}  // namespace strata::bench
