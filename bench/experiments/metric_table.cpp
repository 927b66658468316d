#include "bench/experiments/metric_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "bench/columns.h"
#include "bench/estimate_text.h"

namespace strata::bench {
namespace {

const results::CellSummary* find(const results::ResultHead& head, const MetricRow& row,
                                 const std::string& target) {
  const auto found =
      std::find_if(head.summary.cells.begin(), head.summary.cells.end(), [&](const auto& cell) {
        return !cell.control && cell.workload == row.workload && cell.metric == row.metric &&
               cell.target == target && cell.location.count > 0;
      });
  return found == head.summary.cells.end() ? nullptr : &*found;
}

}  // namespace

std::string metric_table(const results::ResultHead& head, const std::string& title,
                         const std::vector<MetricRow>& rows, bool colour) {
  std::vector<std::vector<ColumnText>> lines{{{title, ""}}};
  for (const auto& target : head.header.targets) lines[0].push_back(title_of(target, ""));
  for (const auto& row : rows) {
    std::vector<ColumnText> line{{row.label, ""}};
    bool any = false;
    for (const auto& target : head.header.targets) {
      const auto* const cell = find(head, row, target.name);
      line.push_back({cell == nullptr ? "-" : located(*cell), ""});
      any = any || cell != nullptr;
    }
    if (any) lines.push_back(std::move(line));
  }
  return lines.size() == 1 ? "" : "\n" + lay_out(lines, colour);
}

bool is_point_of(std::string_view metric, std::string_view curve, double& x) {
  if (!metric.starts_with(curve) || !metric.ends_with(']')) return false;
  metric.remove_prefix(curve.size());
  if (!metric.starts_with('[')) return false;
  metric = metric.substr(1, metric.size() - 2);
  const auto [end, error] = std::from_chars(metric.data(), metric.data() + metric.size(), x);
  return error == std::errc() && end == metric.data() + metric.size() && std::isfinite(x);
}

std::vector<double> points_of(const results::ResultHead& head, std::string_view workload,
                              std::string_view curve) {
  std::set<double> points;
  double x = 0;
  for (const auto& cell : head.summary.cells) {
    if (cell.workload == workload && is_point_of(cell.metric, curve, x)) points.insert(x);
  }
  return {points.begin(), points.end()};
}

std::vector<double> thinned(const std::vector<double>& points) {
  std::vector<double> kept;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool is_power_of_two = std::exp2(std::round(std::log2(points[i]))) == points[i];
    if (i == 0 || i + 1 == points.size() || is_power_of_two) kept.push_back(points[i]);
  }
  return kept;
}

}  // namespace strata::bench
