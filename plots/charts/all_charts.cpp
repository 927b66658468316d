#include <utility>

#include "plots/charts/charts.h"

namespace strata::plots {

std::vector<Chart> all_charts(const RunView& view) {
  std::vector<Chart> charts;
  const auto add = [&](std::optional<Chart> chart) {
    if (chart) charts.push_back(std::move(*chart));
  };
  add(heat_map_chart(view));
  add(startup_phases_chart(view));
  add(startup_distribution_chart(view));
  for (auto& chart : group_charts(view)) charts.push_back(std::move(chart));
  for (auto& chart : curve_charts(view)) charts.push_back(std::move(chart));
  add(cold_and_warm_chart(view));
  for (auto& chart : ladder_charts(view)) charts.push_back(std::move(chart));
  return charts;
}

}  // namespace strata::plots
