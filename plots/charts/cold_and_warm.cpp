#include <algorithm>
#include <limits>

#include "plots/charts/charts.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// Axis labels of a time in ms.
constexpr auto kTimeLabel =
    "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : datum.value >= 1 ? "
    "format(datum.value, '~r') + ' ms' : format(datum.value * 1000, '~r') + ' µs'";

}  // namespace

std::optional<Chart> cold_and_warm_chart(const RunView& view) {
  Chart chart;
  chart.id = "cold-and-warm";
  chart.title = "The first call and the next ones";
  chart.caption =
      "Left the time of a call to an instance that is there (warm), right that of the first call, "
      "which has to start it (cold): medians with 95 % intervals, on a logarithmic scale.";
  chart.table.titles = {"Workload", "Target", "Cold [95 %]", "Warm [95 %]"};
  Json values = Json::array();
  std::vector<std::string> rows;
  double lowest = std::numeric_limits<double>::max();
  double highest = 0;
  for (const auto& row : view.rows()) {
    for (const auto& target : view.targets()) {
      const auto* const cold = view.summary(row.workload, target.name, "cold");
      const auto* const warm = view.summary(row.workload, target.name, "warm");
      if (cold == nullptr || warm == nullptr) continue;
      if (cold->location.value <= 0 || warm->location.value <= 0) continue;
      const auto label = target.name + ", " + row.workload;
      rows.push_back(label);
      chart.table.rows.push_back({row.workload, target.name,
                                  located_text(cold->location, cold->unit),
                                  located_text(warm->location, warm->unit)});
      for (const auto& [name, cell] : {std::pair{"cold", cold}, std::pair{"warm", warm}}) {
        const auto& location = cell->location;
        const auto interval =
            location.interval.value_or(results::Interval{location.value, location.value});
        lowest = std::min(lowest, location.value / 1e6);
        highest = std::max(highest, location.value / 1e6);
        values.push_back({{"row", label},
                          {"call", name},
                          {"ms", location.value / 1e6},
                          {"low", interval.low / 1e6},
                          {"high", interval.high / 1e6},
                          {"warm", warm->location.value / 1e6},
                          {"cold", cold->location.value / 1e6},
                          {"text", located_text(location, cell->unit)}});
      }
    }
  }
  if (values.empty()) return std::nullopt;
  const Json tooltip{{{"field", "row"}, {"title", "target"}},
                     {{"field", "call"}, {"title", "call"}},
                     {{"field", "text"}, {"title", "takes"}}};
  const Json colour{{"field", "call"},
                    {"type", "nominal"},
                    {"title", nullptr},
                    {"scale", {{"domain", {"warm", "cold"}}, {"range", {"#cf6a2a", "#2a7fba"}}}}};
  const Json shape{{"field", "call"},
                   {"type", "nominal"},
                   {"title", nullptr},
                   {"scale", {{"domain", {"warm", "cold"}}, {"range", {"circle", "diamond"}}}}};
  chart.specification = {
      {"width", "container"},
      {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
      {"height", {{"step", 28}}},
      {"data", {{"values", values}}},
      {"encoding",
       {{"y",
         {{"field", "row"},
          {"type", "nominal"},
          {"sort", rows},
          {"title", nullptr},
          {"axis", {{"domain", false}, {"ticks", false}, {"grid", true}, {"labelPadding", 8}}}}}}},
      {"layer",
       {{{"mark", {{"type", "rule"}, {"opacity", 0.35}, {"strokeWidth", 1.5}}},
         {"encoding",
          {{"x",
            {{"field", "warm"},
             {"type", "quantitative"},
             {"title", "time of a call"},
             {"scale", {{"type", "log"}, {"nice", false}, {"padding", 12}}},
             {"axis", {{"labelExpr", kTimeLabel}, {"values", log_ticks(lowest, highest)}}}}},
           {"x2", {{"field", "cold"}}}}}},
        {{"mark", {{"type", "rule"}, {"strokeWidth", 3}}},
         {"encoding",
          {{"x", {{"field", "low"}, {"type", "quantitative"}}},
           {"x2", {{"field", "high"}}},
           {"color", colour}}}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"opacity", 1}, {"size", 90}}},
         {"encoding",
          {{"x", {{"field", "ms"}, {"type", "quantitative"}}},
           {"color", colour},
           {"shape", shape},
           {"tooltip", tooltip}}}}}}};
  return chart;
}

}  // namespace strata::plots
