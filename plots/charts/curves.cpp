#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "plots/charts/charts.h"
#include "plots/texts.h"
#include "results/numbers.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// "ready" and 8 of "ready[8]".
struct CurvePoint {
  std::string curve;
  double x = 0;
};

std::optional<CurvePoint> curve_point(const std::string& metric) {
  const auto open = metric.find('[');
  if (open == std::string::npos || open == 0 || metric.back() != ']') return std::nullopt;
  const char* const begin = metric.data() + open + 1;
  const char* const end = metric.data() + metric.size() - 1;
  CurvePoint point{metric.substr(0, open), 0};
  const auto [stopped, error] = std::from_chars(begin, end, point.x);
  if (error != std::errc() || stopped != end || !std::isfinite(point.x)) return std::nullopt;
  return point;
}

struct CurveText {
  std::string_view workload;  ///< first part of its name
  std::string_view curve;
  const char* title;
  const char* x;
  const char* y;
};
constexpr CurveText kTexts[] = {
    {"burst", "ready", "A burst of starts", "instances ready", "time until so many were ready"},
    {"density", "memory", "Memory of idle instances", "instances", "memory held by all of them"},
    {"density", "host_memory", "Memory the host lost to idle instances", "instances",
     "memory lost"},
    {"coldstart", "first_result", "First calls of fresh instances", "instances that answered",
     "time until so many had answered"},
    {"idle", "after_pause", "A call after a pause", "pause (s)", "time of the call"},
};

std::string spaced(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

using Points =
    std::map<std::string, std::map<double, const results::CellSummary*>>;  // by target, x

Chart curve_chart(const RunView& view, const std::string& workload, const std::string& curve,
                  const Points& points) {
  Chart chart;
  chart.id = "curve-" + workload + "-" + curve;
  std::string x_title = "x";
  std::string y_title = spaced(curve);
  chart.title = workload + ": " + spaced(curve);
  for (const auto& text : kTexts) {
    if (text.workload != group_of(workload) || text.curve != curve) continue;
    chart.title = std::string(text.title) + " (" + workload + ")";
    x_title = text.x;
    y_title = text.y;
  }
  chart.caption = "Medians over the trials; the band is their 95 % interval.";
  chart.table.titles = {"Target", x_title, y_title + " [95 %]", "Trials"};
  std::vector<std::string> names;
  double largest = 0;
  std::string unit;
  for (const auto& target : view.targets()) {
    const auto found = points.find(target.name);
    if (found == points.end()) continue;
    names.push_back(target.name);
    for (const auto& [x, cell] : found->second) {
      largest = std::max(largest, std::abs(cell->location.value));
      unit = cell->unit;
    }
  }
  const auto scale = results::scale_for(largest, unit);
  Json values = Json::array();
  std::size_t most_points = 0;
  for (const auto& name : names) {
    most_points = std::max(most_points, points.at(name).size());
    for (const auto& [x, cell] : points.at(name)) {
      const auto& location = cell->location;
      const auto interval =
          location.interval.value_or(results::Interval{location.value, location.value});
      values.push_back({{"target", name},
                        {"x", x},
                        {"y", location.value / scale.factor},
                        {"low", interval.low / scale.factor},
                        {"high", interval.high / scale.factor},
                        {"text", located_text(location, cell->unit)}});
      chart.table.rows.push_back({name, results::format_significant(x),
                                  located_text(location, cell->unit),
                                  std::to_string(location.count)});
    }
  }
  const auto micro = scale.unit == "us" ? std::string("µs") : scale.unit;
  if (!micro.empty()) y_title += " (" + micro + ")";
  const Json tooltip{{{"field", "target"}, {"title", "target"}},
                     {{"field", "x"}, {"title", x_title}},
                     {{"field", "text"}, {"title", spaced(curve)}}};
  auto colour = target_colour(view, names);
  colour["legend"] = {{"symbolOpacity", 1}};  // and not the band's
  chart.specification = {
      {"width", "container"},
      {"height", 280},
      {"data", {{"values", values}}},
      {"encoding",
       {{"x",
         {{"field", "x"},
          {"type", "quantitative"},
          {"title", x_title},
          {"axis", {{"tickMinStep", 1}}}}},
        {"color", colour}}},
      {"layer",
       {{{"mark", {{"type", "area"}, {"opacity", 0.16}}},
         {"encoding",
          {{"y", {{"field", "low"}, {"type", "quantitative"}, {"title", y_title}}},
           {"y2", {{"field", "high"}}}}}},
        {{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
         {"encoding", {{"y", {{"field", "y"}, {"type", "quantitative"}}}}}},
        {{"mark",
          {{"type", "point"},
           {"filled", true},
           {"size", most_points > 20 ? 30 : 60},
           {"opacity", 1}}},
         {"encoding",
          {{"y", {{"field", "y"}, {"type", "quantitative"}}},
           {"shape", target_shape(view, names)},
           {"tooltip", tooltip}}}}}}};
  // Few points: each has its tick.
  std::set<double> places;
  for (const auto& name : names) {
    for (const auto& [x, cell] : points.at(name)) places.insert(x);
  }
  constexpr std::size_t kMostTicks = 12;
  if (places.size() <= kMostTicks) {
    chart.specification["encoding"]["x"]["axis"] = {{"values", places}, {"format", "~r"}};
  }
  return chart;
}

}  // namespace

std::vector<Chart> curve_charts(const RunView& view) {
  std::map<std::pair<std::string, std::string>, Points> curves;  // by workload and curve
  for (const auto& cell : view.head().summary.cells) {
    if (cell.control || cell.location.count == 0) continue;
    if (const auto point = curve_point(cell.metric)) {
      curves[{cell.workload, point->curve}][cell.target][point->x] = &cell;
    }
  }
  std::vector<Chart> charts;
  std::set<std::string> drawn;  // a workload may have several rows
  for (const auto& row : view.rows()) {
    if (!drawn.insert(row.workload).second) continue;
    for (const auto& [key, points] : curves) {
      if (key.first == row.workload)
        charts.push_back(curve_chart(view, key.first, key.second, points));
    }
  }
  return charts;
}

}  // namespace strata::plots
