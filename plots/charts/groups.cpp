#include <algorithm>
#include <map>

#include "plots/charts/charts.h"
#include "plots/charts/ratio_plot.h"
#include "plots/findings.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

/// The workload's name without its group's.
std::string short_label(const Row& row) {
  if (row.experiment) return row.label;
  const auto slash = row.label.find('/');
  return slash == std::string::npos ? row.label : row.label.substr(slash + 1);
}

std::optional<Chart> group_chart(const RunView& view, const std::string& group,
                                 const std::vector<Row>& rows) {
  Chart chart;
  chart.id = "group-" + group;
  chart.title = group;
  chart.table.titles = {"Workload", "Metric", "Target", "Median [95 %]", "Ratio [95 %]", "Found"};
  RatioPlot plot;
  for (const auto& target : view.targets()) {
    if (target.name != view.header().baseline) plot.series.push_back(target.name);
  }
  for (const auto& row : rows) {
    bool any = false;
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      if (cell.finding == Finding::kAbsent) continue;
      const auto median = cell.summary != nullptr && cell.summary->location.count > 0
                              ? located_text(cell.summary->location, cell.summary->unit)
                              : std::string("–");
      const auto ratio = cell.ratio ? estimate_text(*cell.ratio) : std::string("–");
      chart.table.rows.push_back(
          {short_label(row), row.metric, target.name, median, ratio, finding_text(cell)});
      if (!cell.ratio) continue;
      any = true;
      plot.points.push_back({short_label(row), target.name, cell.ratio->value,
                             *cell.ratio->interval, ratio,
                             finding_text(cell) + "; median " + median});
    }
    if (any) plot.rows.push_back(short_label(row));
  }
  if (plot.points.empty()) return std::nullopt;
  plot.colour = target_colour(view, plot.series);
  plot.shape = target_shape(view, plot.series);
  plot.x_title = "cost over " + view.header().baseline + " (2 = twice the time, or half the rate)";
  chart.specification = ratio_plot(plot);
  return chart;
}

}  // namespace

std::vector<Chart> group_charts(const RunView& view) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<Row>> groups;
  for (const auto& row : view.rows()) {
    if (row.workload.empty()) continue;
    const auto group = row.experiment ? std::string("experiments") : row.group;
    if (!groups.contains(group)) order.push_back(group);
    groups[group].push_back(row);
  }
  std::vector<Chart> charts;
  for (const auto& group : order) {
    if (auto chart = group_chart(view, group, groups[group])) charts.push_back(std::move(*chart));
  }
  return charts;
}

}  // namespace strata::plots
