#include "plots/answer.h"
#include "plots/charts/charts.h"
#include "plots/charts/ratio_plot.h"
#include "plots/findings.h"
#include "plots/target_style.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

std::string told_name(const Target& target) {
  return is_emulated(target) ? target.name + " (emulated)" : target.name;
}

}  // namespace

std::optional<Chart> overview_chart(const RunView& view) {
  Chart chart;
  chart.id = "overview";
  chart.title = "What each layer costs over a " + std::string(name_of(Paradigm::kProcess));
  chart.caption =
      "The ratio of costs with its 95 % interval: of the startup, and on average (geometric mean) "
      "over the workloads of each group. \"same\": equivalent within a few percent; ≈: no "
      "difference found; ?: noise or chance may have made it.";
  chart.table.titles = {"Of", "Target", "Ratio [95 %]", "Found"};
  RatioPlot plot;
  std::vector<std::string> names;
  for (const auto& target : view.targets()) {
    if (target.name == view.header().baseline) continue;
    names.push_back(target.name);
    plot.series.push_back(told_name(target));
  }
  const auto add = [&](const std::string& label, const Target& target, const CellView& cell) {
    if (!cell.ratio) return;
    const auto text = estimate_text(*cell.ratio);
    chart.table.rows.push_back({label, target.name, text, finding_text(cell)});
    if (plot.rows.empty() || plot.rows.back() != label) plot.rows.push_back(label);
    plot.points.push_back({label, told_name(target), cell.ratio->value, *cell.ratio->interval, text,
                           finding_text(cell), text_of(cell).number});
  };
  const auto add_row = [&](const std::string& label, const auto& cell_of) {
    for (const auto& target : view.targets()) {
      if (target.name != view.header().baseline) add(label, target, cell_of(target.name));
    }
  };
  add_row(group_title("startup"),
          [&](const std::string& name) { return view.cell(view.rows().front(), name); });
  for (const auto& group : told_groups(view)) {
    add_row(group_title(group),
            [&](const std::string& name) { return view.group_cell(group, name); });
  }
  if (plot.points.empty()) return std::nullopt;
  plot.colour = target_colour(view, names);
  plot.shape = target_shape(view, names);
  plot.colour["scale"]["domain"] = plot.series;
  plot.shape["scale"]["domain"] = plot.series;
  plot.x_title = "cost over " + view.header().baseline + " (2 = twice the time, or half the rate)";
  chart.specification = ratio_plot(plot);
  return chart;
}

}  // namespace strata::plots
