#include <algorithm>
#include <limits>

#include "plots/charts/charts.h"
#include "plots/texts.h"
#include "results/statistics.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// Points of a curve that is drawn a few hundred pixels wide: more can't be seen.
constexpr std::size_t kMostPoints = 200;

std::string quantile_text(const std::vector<double>& values, double q) {
  const auto value = results::supported_percentile(values, q);
  return value ? quantity_text(*value, "ns") : "too few starts";
}

}  // namespace

std::optional<Chart> startup_distribution_chart(const RunView& view) {
  Chart chart;
  chart.id = "startup-distribution";
  chart.title = "How long starts take";
  chart.caption =
      "The share of starts that were done within a time (empirical distribution, all trials of the "
      "run). A steep line is a steady start; a tail to the right are slow ones. The scale of time "
      "is "
      "logarithmic: each step is ten times the one before.";
  chart.table.titles = {"Target",      "Starts",      "Fastest", "Median",
                        "90 % within", "99 % within", "Slowest"};
  Json values = Json::array();
  std::vector<std::string> names;
  double lowest = std::numeric_limits<double>::max();
  double highest = 0;
  for (const auto& target : view.targets()) {
    auto starts = view.values("", target.name, "startup");
    starts.erase(std::remove_if(starts.begin(), starts.end(), [](double ns) { return ns <= 0; }),
                 starts.end());
    if (starts.empty()) continue;
    std::sort(starts.begin(), starts.end());
    names.push_back(target.name);
    lowest = std::min(lowest, starts.front());
    highest = std::max(highest, starts.back());
    const auto points = std::min(starts.size(), kMostPoints);
    for (std::size_t i = 0; i < points; ++i) {
      const auto rank = points == 1 ? 0 : i * (starts.size() - 1) / (points - 1);
      values.push_back(
          {{"target", target.name},
           {"ms", starts[rank] / 1e6},
           {"share", static_cast<double>(rank + 1) / static_cast<double>(starts.size())},
           {"text", quantity_text(starts[rank], "ns")},
           {"middle", i == points / 2 ? 1 : 0}});
    }
    chart.table.rows.push_back(
        {target.name, std::to_string(starts.size()), quantity_text(starts.front(), "ns"),
         quantity_text(results::median(starts), "ns"), quantile_text(starts, 0.9),
         quantile_text(starts, 0.99), quantity_text(starts.back(), "ns")});
  }
  if (names.empty()) return std::nullopt;
  Json colour = target_colour(view, names);
  colour["legend"] = {{"symbolOpacity", 1}};
  chart.specification = {
      {"width", "container"},
      {"height", 300},
      {"data", {{"values", values}}},
      {"encoding",
       {{"x",
         {{"field", "ms"},
          {"type", "quantitative"},
          {"title", "time from the request to the agent's hello"},
          {"scale", {{"type", "log"}, {"nice", false}}},
          {"axis",
           {{"labelExpr",
             "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : datum.value >= 1 ? "
             "format(datum.value, '~r') + ' ms' : format(datum.value * 1000, '~r') + ' µs'"},
            {"values", log_ticks(lowest / 1e6, highest / 1e6)}}}}},
        {"y",
         {{"field", "share"},
          {"type", "quantitative"},
          {"title", "share of starts done"},
          {"scale", {{"domain", {0, 1}}}},
          {"axis", {{"format", "%"}, {"tickCount", 5}}}}},
        {"color", colour}}},
      {"layer",
       {{{"mark", {{"type", "line"}, {"interpolate", "step-after"}, {"strokeWidth", 2}}}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"size", 22}, {"opacity", 0.001}}},
         {"encoding",
          {{"tooltip",
            {{{"field", "target"}, {"title", "target"}},
             {{"field", "text"}, {"title", "within"}},
             {{"field", "share"}, {"title", "share"}, {"format", ".0%"}}}}}}},
        {{"transform", Json::array({{{"filter", "datum.middle === 1"}}})},
         {"mark", {{"type", "point"}, {"filled", true}, {"size", 110}, {"opacity", 1}}},
         {"encoding", {{"shape", target_shape(view, names)}}}}}}};
  return chart;
}

}  // namespace strata::plots
