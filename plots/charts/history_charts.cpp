#include "plots/charts/history_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/texts.h"

namespace strata::plots {
namespace {

using results::Change;
using results::Series;
using results::SeriesInfo;
using Json = nlohmann::json;

std::string value_text(const SeriesInfo& info, double value) {
  return info.kind == SeriesInfo::Kind::kRatio ? ratio_text(value)
                                               : quantity_text(value, info.unit);
}

std::string state_text(const Change& change) {
  if (!change.accepted.empty()) return "accepted: " + change.accepted;
  switch (change.state) {
    case Change::State::kConfirmed:
      return "confirmed";
    case Change::State::kRefuted:
      return "refuted";
    default:
      return "suspected";
  }
}

/// As exact as an eye can see: a thousand nights are many numbers.
double drawn(double value) { return std::stod(fmt::format("{:.5g}", value)); }

/// "2026-03-01T12:00"
constexpr std::size_t kMinute = 16;

/// What happened at a night: a line across the chart.
void add_event(Json& events, std::int64_t place, const std::string& kind, const std::string& text) {
  events.push_back({{"time", place * 1000}, {"kind", kind}, {"text", text}});
}

}  // namespace

Chart history_chart(const std::vector<Series>& series,
                    const std::vector<results::HistoryRun>& runs) {
  const auto& info = series.back().info;
  Chart chart;
  chart.id = "history-" + info.name();
  chart.title = info.name();
  chart.table.titles = {"When", "Run", "Value [95 %]", "Remark"};
  std::map<std::int64_t, const results::HistoryRun*> run_of;
  for (const auto& run : runs) run_of[run.id] = &run;
  Json values = Json::array();
  Json levels = Json::array();
  Json events = Json::array();
  for (std::size_t part = 0; part < series.size(); ++part) {
    const auto& one = series[part];
    if (one.points.empty()) continue;
    if (part > 0) {
      add_event(events, one.points.front().place, "machine",
                "the machine, the engine or the options changed");
    }
    std::map<std::size_t, std::string> remarks;
    for (const auto& change : one.change_points) {
      const auto factor = change.after / change.before;
      remarks[change.index] =
          fmt::format("level from {} to {} ({})", value_text(info, change.before),
                      value_text(info, change.after), ratio_text(factor));
    }
    for (std::size_t i = 0; i < one.points.size(); ++i) {
      const auto& point = one.points[i];
      for (const auto& change : one.changes) {
        if (change.run != point.run) continue;
        auto& text = remarks[i];
        text += (text.empty() ? "" : "; ") + state_text(change);
      }
      for (const auto& annotation : one.annotations) {
        if (annotation.run == point.run) {
          auto& text = remarks[i];
          text += (text.empty() ? "" : "; ") + annotation.text;
        }
      }
    }
    // Levels between change points, as lines.
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= one.change_points.size(); ++i) {
      const auto end =
          i < one.change_points.size() ? one.change_points[i].index : one.points.size();
      if (end <= begin) continue;
      std::vector<double> segment;
      for (auto at = begin; at < end; ++at) segment.push_back(one.points[at].value);
      levels.push_back({{"from", one.points[begin].place * 1000},
                        {"to", one.points[end - 1].place * 1000},
                        {"level", results::median(segment)}});
      begin = end;
    }
    for (std::size_t i = 0; i < one.points.size(); ++i) {
      const auto& point = one.points[i];
      const auto found = run_of.find(point.run);
      const auto when = found == run_of.end() ? std::string() : found->second->started_utc;
      const auto interval = point.interval.value_or(results::Interval{point.value, point.value});
      auto text = value_text(info, point.value);
      if (point.interval) {
        text += " " + (info.kind == SeriesInfo::Kind::kRatio
                           ? interval_text(interval)
                           : bounds_text(interval, point.value, info.unit));
      }
      const auto remark = remarks.find(i);
      const auto note = remark == remarks.end() ? std::string() : remark->second;
      if (!note.empty()) add_event(events, point.place, "change", note);
      values.push_back({{"time", point.place * 1000},
                        {"value", drawn(point.value)},
                        {"low", drawn(interval.low)},
                        {"high", drawn(interval.high)},
                        {"text", text},
                        {"when", when.substr(0, kMinute)}});
      if (!note.empty() || i + 20 >= one.points.size()) {
        chart.table.rows.push_back(
            {when, found == run_of.end() ? "" : found->second->run_id, text, note});
      }
    }
  }
  chart.caption =
      info.kind == SeriesInfo::Kind::kRatio
          ? "Cost over " + info.baseline +
                " in each run, with its 95 % interval; steps are levels "
                "between change points, dashed lines say what happened there."
          : "The baseline itself in each run; steps are levels between change points, dashed lines "
            "say what happened there.";
  const Json time{{"type", "temporal"},
                  {"scale", {{"type", "utc"}}},
                  {"title", nullptr},
                  {"axis", {{"labelOverlap", true}}}};
  const auto at = [&time](const char* field) {
    Json encoding = time;
    encoding["field"] = field;
    return encoding;
  };
  const Json y{
      {"type", "quantitative"},
      {"scale", {{"zero", false}}},
      {"title", info.kind == SeriesInfo::Kind::kRatio ? "cost over " + info.baseline
                                                      : info.metric + " (" + info.unit + ")"}};
  const auto along = [&y](const char* field) {
    Json encoding = y;
    encoding["field"] = field;
    return encoding;
  };
  const Json tooltip{{{"field", "when"}, {"title", "run of (UTC)"}},
                     {{"field", "text"}, {"title", "value"}}};
  chart.specification = {
      {"width", "container"},
      {"height", 190},
      {"layer",
       {{{"data", {{"values", events}}},
         {"mark", {{"type", "rule"}, {"strokeDash", {5, 3}}, {"strokeWidth", 1.5}}},
         {"encoding",
          {{"x", at("time")},
           {"color",
            {{"field", "kind"},
             {"type", "nominal"},
             {"title", nullptr},
             {"scale", {{"domain", {"change", "machine"}}, {"range", {"#d9730d", "#7e62e8"}}}}}},
           {"tooltip", Json::array({{{"field", "text"}, {"title", "here"}}})}}}},
        {{"data", {{"values", values}}},
         {"mark", {{"type", "rule"}, {"color", "#2476c8"}, {"opacity", 0.35}}},
         {"encoding", {{"x", at("time")}, {"y", along("low")}, {"y2", {{"field", "high"}}}}}},
        {{"data", {{"values", values}}},
         {"mark",
          {{"type", "point"},
           {"filled", true},
           {"color", "#2476c8"},
           {"opacity", 0.9},
           {"size", 22}}},
         {"encoding", {{"x", at("time")}, {"y", along("value")}, {"tooltip", tooltip}}}},
        {{"data", {{"values", levels}}},
         {"mark", {{"type", "rule"}, {"strokeWidth", 2.5}, {"color", "#16919c"}}},
         {"encoding", {{"x", at("from")}, {"x2", {{"field", "to"}}}, {"y", along("level")}}}}}}};
  return chart;
}

std::vector<Chart> history_charts(const results::History& history, std::size_t most) {
  const auto runs = history.runs();
  std::map<std::string, std::vector<SeriesInfo>> by_name;
  std::vector<std::string> order;
  for (const auto& info : history.series_list()) {
    if (info.points < 2) continue;
    if (!by_name.contains(info.name())) order.push_back(info.name());
    by_name[info.name()].push_back(info);
  }
  // What changed comes first, then startup, then the rest.
  std::vector<std::pair<int, std::string>> ranked;
  std::map<std::string, std::vector<Series>> read;
  for (const auto& name : order) {
    auto& list = read[name];
    bool changed = false;
    for (const auto& info : by_name[name]) {
      list.push_back(history.series(info.id));
      changed = changed || !list.back().change_points.empty() || !list.back().changes.empty();
    }
    ranked.emplace_back(changed ? 0 : list.back().info.workload.empty() ? 1 : 2, name);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Chart> charts;
  for (const auto& [rank, name] : ranked) {
    if (charts.size() == most) break;
    charts.push_back(history_chart(read[name], runs));
  }
  return charts;
}

}  // namespace strata::plots
