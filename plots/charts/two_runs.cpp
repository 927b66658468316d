#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plots/charts/charts.h"
#include "plots/charts/ratio_plot.h"
#include "plots/texts.h"

namespace strata::plots {

std::optional<Chart> two_runs_chart(const RunView& first, const results::Comparison& comparison) {
  Chart chart;
  chart.id = "two-runs";
  chart.title = "The second run over the first, cell by cell";
  chart.caption =
      "Cost in the second run over the cost in the first, with 95 % intervals of what trials "
      "within "
      "the runs show; how much runs differ by themselves is not in them. Left of the dashed line "
      "the "
      "second is cheaper.";
  chart.table.titles = {"Workload", "Target", "First", "Second", "Ratio [95 %]", "Verdict"};
  RatioPlot plot;
  std::map<std::string, bool> with_points;
  for (const auto& one : comparison.cells) {
    const auto label = one.workload.empty() ? std::string("startup") : one.workload;
    const bool has_interval = one.ratio && one.ratio->interval;
    auto verdict = std::string(name_of(one.verdict));
    if (!one.why.empty()) verdict += ": " + one.why;
    chart.table.rows.push_back({label, one.target,
                                one.reference ? quantity_text(*one.reference, one.unit) : "–",
                                one.median ? quantity_text(*one.median, one.unit) : "–",
                                has_interval ? estimate_text(*one.ratio) : "–", verdict});
    if (!has_interval) continue;
    with_points[one.target] = true;
    plot.points.push_back({label, one.target, one.ratio->value, *one.ratio->interval,
                           estimate_text(*one.ratio), verdict});
  }
  if (plot.points.empty()) return std::nullopt;
  for (const auto& target : first.targets()) {
    if (with_points[target.name]) plot.series.push_back(target.name);
  }
  for (const auto& row : first.rows()) {
    const auto& label = row.label;
    const bool any = std::any_of(plot.points.begin(), plot.points.end(),
                                 [&](const RatioPoint& point) { return point.row == label; });
    if (any) plot.rows.push_back(label);
  }
  plot.colour = target_colour(first, plot.series);
  plot.shape = target_shape(first, plot.series);
  plot.x_title = "cost in the second run over the first";
  chart.specification = ratio_plot(plot);
  return chart;
}

}  // namespace strata::plots
