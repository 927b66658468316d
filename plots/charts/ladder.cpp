#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "plots/charts/charts.h"
#include "plots/charts/ratio_plot.h"
#include "plots/findings.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

/// The one option in which two targets of a driver differ: "seccomp: off". Nothing if they differ
/// in more, or in none.
std::optional<std::string> single_switch(const Target& plain, const Target& other) {
  std::optional<std::string> text;
  auto keys = plain.options;
  keys.insert(other.options.begin(), other.options.end());
  for (const auto& [key, ignored] : keys) {
    const auto before = plain.options.find(key);
    const auto after = other.options.find(key);
    const bool same = before != plain.options.end() && after != other.options.end()
                          ? before->second == after->second
                          : before == plain.options.end() && after == other.options.end();
    if (same) continue;
    if (text) return std::nullopt;
    text = key + ": " + (after == other.options.end() ? "default" : after->second);
  }
  return text;
}

/// Cost of one target over another's, paired by block.
std::optional<results::Estimate> ratio_between(const RunView& view, const Row& row,
                                               const Target& target, const Target& plain) {
  const auto* const cell = view.summary(row.workload, target.name, row.metric);
  if (cell == nullptr) return std::nullopt;
  auto pairs = view.pairs(row, target.name, plain.name);
  const auto positive = [](double value) { return value > 0; };
  if (!std::all_of(pairs.first.begin(), pairs.first.end(), positive) ||
      !std::all_of(pairs.second.begin(), pairs.second.end(), positive)) {
    return std::nullopt;
  }
  if (cell->better == Better::kHigher) std::swap(pairs.first, pairs.second);
  if (pairs.first.empty()) return std::nullopt;
  auto ratio = results::paired_ratio(pairs.first, pairs.second);
  if (!ratio.interval) return std::nullopt;
  return ratio;
}

struct Step {
  const Target* target;
  std::string what;
};

std::optional<Chart> ladder_of(const RunView& view, const Target& plain,
                               const std::vector<Step>& steps) {
  Chart chart;
  chart.id = "ladder-" + plain.name;
  chart.title = "What one option of " + plain.name + " costs, or gives back";
  chart.caption = "Cost with the option switched over the cost of " + plain.name +
                  " as it is, paired by block, with 95 % intervals. Left of the dashed line the "
                  "switch gives back, right of it it costs. Only workloads on which some switch "
                  "shows are drawn; the table has all.";
  chart.table.titles = {"Workload", "Switch", "Target", "Ratio [95 %]"};
  RatioPlot plot;
  for (const auto& step : steps) plot.series.push_back(step.target->name);
  for (const auto& row : view.rows()) {
    std::vector<RatioPoint> points;
    bool shows = false;
    for (const auto& step : steps) {
      const auto ratio = ratio_between(view, row, *step.target, plain);
      if (!ratio) continue;
      chart.table.rows.push_back({row.label, step.what, step.target->name, estimate_text(*ratio)});
      points.push_back({row.label, step.target->name, ratio->value, *ratio->interval,
                        estimate_text(*ratio), step.what});
      shows = shows || ratio->interval->low > 1 || ratio->interval->high < 1;
    }
    if (!shows) continue;
    plot.rows.push_back(row.label);
    plot.points.insert(plot.points.end(), points.begin(), points.end());
  }
  if (plot.points.empty()) return std::nullopt;
  plot.colour = target_colour(view, plot.series);
  plot.shape = target_shape(view, plot.series);
  plot.x_title = "cost over " + plain.name;
  chart.specification = ratio_plot(plot);
  return chart;
}

}  // namespace

std::vector<Chart> ladder_charts(const RunView& view) {
  std::map<std::string, std::vector<const Target*>> drivers;
  for (const auto& target : view.targets()) drivers[target.driver].push_back(&target);
  std::vector<Chart> charts;
  for (const auto& [driver, targets] : drivers) {
    // What the others are held against: the one called as its driver, else the first.
    const auto named =
        std::find_if(targets.begin(), targets.end(),
                     [&driver = driver](const Target* one) { return one->name == driver; });
    const auto& plain = named == targets.end() ? *targets.front() : **named;
    std::vector<Step> steps;
    for (const auto* const target : targets) {
      if (target == &plain) continue;
      if (auto what = single_switch(plain, *target)) steps.push_back({target, std::move(*what)});
    }
    if (steps.empty()) continue;
    if (auto chart = ladder_of(view, plain, steps)) charts.push_back(std::move(*chart));
  }
  return charts;
}

}  // namespace strata::plots
