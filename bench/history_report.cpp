#include "bench/history_report.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/numbers.h"
#include "results/json_text.h"

namespace strata::bench {
namespace {

using Json = nlohmann::json;
using results::Change;
using results::SeriesInfo;

std::string value_text(const SeriesInfo& info, double value) {
  if (info.kind == SeriesInfo::Kind::kRatio) return format_significant(value) + "x";
  return format_quantity(value, info.unit);
}

std::string point_text(const SeriesInfo& info, const results::SeriesPoint& point) {
  auto text = value_text(info, point.value);
  if (point.interval) {
    text += fmt::format(" [{}, {}]", value_text(info, point.interval->low),
                        value_text(info, point.interval->high));
  }
  return text;
}

std::string_view state_name(Change::State state) {
  switch (state) {
    case Change::State::kSuspected:
      return "suspected";
    case Change::State::kConfirmed:
      return "confirmed";
    case Change::State::kRefuted:
      return "refuted";
  }
  return "";
}

Json json_of(const SeriesInfo& info) {
  return {{"series", info.name()},
          {"workload", info.workload},
          {"target", info.target},
          {"metric", info.metric},
          {"unit", info.unit},
          {"baseline", info.baseline},
          {"kind", info.kind == SeriesInfo::Kind::kRatio ? "ratio" : "absolute"},
          {"environment", info.environment},
          {"points", info.points}};
}

Json json_of(const Change& change, const std::map<std::int64_t, std::string>& runs) {
  const auto run = runs.find(change.run);
  return {{"state", state_name(change.state)},
          {"factor", change.factor},
          {"evidence", change.evidence},
          {"accepted", change.accepted},
          {"since", run == runs.end() ? std::string() : run->second}};
}

Json json_of(const results::Suspicion& suspicion) {
  auto json = json_of(suspicion.series);
  json["factor"] = suspicion.factor();
  json["evidence"] = suspicion.evidence;
  json["nights"] = suspicion.finding.nights;
  json["deviations"] = suspicion.finding.deviations;
  json.erase("points");
  return json;
}

std::map<std::int64_t, std::string> start_of_runs(const results::History& history) {
  std::map<std::int64_t, std::string> result;
  for (const auto& run : history.runs()) result.emplace(run.id, run.started_utc);
  return result;
}

}  // namespace

std::filesystem::path default_history_file() {
  const char* const data = std::getenv("XDG_DATA_HOME");
  const char* const home = std::getenv("HOME");
  const std::filesystem::path folder = data != nullptr && *data == '/' ? std::filesystem::path(data)
                                       : home != nullptr && *home == '/'
                                           ? std::filesystem::path(home) / ".local/share"
                                           : std::filesystem::path("/var/lib");
  return folder / "strata/history.db";
}

Regressions find_regressions(const results::History& history) {
  Regressions result;
  result.newest = history.newest_run();
  for (auto& suspicion : history.suspicions()) {
    auto& list = suspicion.factor() > 1 ? result.suspected : result.cheaper;
    list.push_back(std::move(suspicion));
  }
  for (auto& change : history.changes(Change::State::kConfirmed)) {
    if (!change.is_regression() || !change.accepted.empty()) continue;
    auto series = history.series(change.series);
    // Of a machine or an engine that is no more nobody can decide anything.
    if (series.points.empty() || series.points.back().run != result.newest->id) continue;
    // A later change has taken its place.
    if (series.changes.back().id != change.id &&
        series.changes.back().state == Change::State::kConfirmed) {
      continue;
    }
    result.open.push_back({std::move(series.info), std::move(change)});
  }
  return result;
}

std::string regressions_table(const Regressions& regressions, bool colour) {
  if (!regressions.newest) return "the history is empty\n";
  std::vector<std::vector<ColumnText>> rows;
  for (const auto& open : regressions.open) {
    rows.push_back({{open.series.name(), {}}, {"regression", kRed}, {open.change.evidence, {}}});
  }
  for (const auto& one : regressions.suspected) {
    rows.push_back({{one.series.name(), {}}, {"suspected", kYellow}, {one.evidence, {}}});
  }
  for (const auto& one : regressions.cheaper) {
    rows.push_back({{one.series.name(), {}}, {"cheaper", kGreen}, {one.evidence, {}}});
  }
  auto text = lay_out(rows, colour);
  text += fmt::format("{}newest night {}: {} confirmed regression{}, {} suspected\n",
                      rows.empty() ? "" : "\n", regressions.newest->started_utc,
                      regressions.open.size(), regressions.open.size() == 1 ? "" : "s",
                      regressions.suspected.size());
  if (!regressions.suspected.empty()) {
    text +=
        "suspected: to be run again before it is called a regression; `strata nightly` does that\n";
  }
  return text;
}

std::string regressions_json(const Regressions& regressions) {
  Json json{{"newest", regressions.newest ? Json(regressions.newest->started_utc) : Json()},
            {"regressions", Json::array()},
            {"suspected", Json::array()},
            {"cheaper", Json::array()}};
  for (const auto& open : regressions.open) {
    auto one = json_of(open.series);
    one.update(json_of(open.change, {}));
    one.erase("since");
    json["regressions"].push_back(std::move(one));
  }
  for (const auto& one : regressions.suspected) json["suspected"].push_back(json_of(one));
  for (const auto& one : regressions.cheaper) json["cheaper"].push_back(json_of(one));
  return results::dumped(json, 2) + "\n";
}

std::string history_list_table(const results::History& history) {
  const auto runs = history.runs();
  constexpr std::size_t kShown = 20;
  std::vector<std::vector<ColumnText>> rows;
  for (auto i = runs.size() > kShown ? runs.size() - kShown : 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    rows.push_back({{run.started_utc, {}},
                    {run.run_id, {}},
                    {run.suite, {}},
                    {"environment " + run.environment, {}},
                    {run.note, {}}});
  }
  auto text = fmt::format("{} nights{}\n", runs.size(),
                          runs.size() > kShown ? fmt::format(", the newest {}", kShown) : "") +
              lay_out(rows, false);
  rows.clear();
  for (const auto& info : history.series_list()) {
    rows.push_back(
        {{info.name(), {}},
         {fmt::format("{} nights", info.points), {}},
         {info.kind == SeriesInfo::Kind::kRatio ? "ratio to " + info.baseline : info.unit, {}},
         {"environment " + info.environment, {}}});
  }
  return text + fmt::format("\n{} series\n", rows.size()) + lay_out(rows, false);
}

std::string history_list_json(const results::History& history) {
  Json json{{"nights", Json::array()}, {"series", Json::array()}};
  for (const auto& run : history.runs()) {
    json["nights"].push_back({{"started", run.started_utc},
                              {"run", run.run_id},
                              {"suite", run.suite},
                              {"environment", run.environment},
                              {"strata", run.strata_version},
                              {"note", run.note}});
  }
  for (const auto& info : history.series_list()) json["series"].push_back(json_of(info));
  return results::dumped(json, 2) + "\n";
}

std::string series_table(const results::History& history, const results::Series& series,
                         bool colour) {
  constexpr std::size_t kShown = 40;
  const auto runs = start_of_runs(history);
  std::map<std::int64_t, std::string> remarks;
  const auto remark = [&](std::int64_t run, const std::string& text) {
    auto& all = remarks[run];
    all += (all.empty() ? "" : "; ") + text;
  };
  for (const auto& point : series.change_points) {
    remark(series.points[point.index].run,
           fmt::format("change point: {} to {}", value_text(series.info, point.before),
                       value_text(series.info, point.after)));
  }
  for (const auto& change : series.changes) {
    remark(change.run, fmt::format("{}: {}", state_name(change.state), change.evidence));
  }
  for (const auto& annotation : series.annotations) remark(annotation.run, annotation.text);
  std::vector<std::vector<ColumnText>> rows;
  const auto count = series.points.size();
  for (auto i = count > kShown ? count - kShown : 0; i < count; ++i) {
    const auto& point = series.points[i];
    const auto run = runs.find(point.run);
    const auto said = remarks.find(point.run);
    rows.push_back({{run == runs.end() ? "" : run->second, {}},
                    {point_text(series.info, point), {}},
                    {point.disturbed ? "disturbed" : "", kYellow},
                    {said == remarks.end() ? "" : said->second, {}}});
  }
  return fmt::format("{}  {}  environment {}  {} nights\n", series.info.name(),
                     series.info.kind == SeriesInfo::Kind::kRatio
                         ? "ratio of costs to " + series.info.baseline
                         : series.info.unit,
                     series.info.environment, count) +
         lay_out(rows, colour) + "\n";
}

std::string series_json(const results::History& history, const results::Series& series) {
  const auto runs = start_of_runs(history);
  auto json = json_of(series.info);
  json["facts"] = history.environment_facts(series.info.environment);
  json["nights"] = Json::array();
  for (const auto& point : series.points) {
    Json one{{"value", point.value}, {"trials", point.trials}, {"disturbed", point.disturbed}};
    if (const auto run = runs.find(point.run); run != runs.end()) one["started"] = run->second;
    if (point.interval) one["interval"] = {point.interval->low, point.interval->high};
    if (point.noise_floor) one["noise_floor"] = *point.noise_floor;
    json["nights"].push_back(std::move(one));
  }
  json["change_points"] = Json::array();
  for (const auto& point : series.change_points) {
    json["change_points"].push_back({{"night", point.index},
                                     {"before", point.before},
                                     {"after", point.after},
                                     {"p_value", point.p_value}});
  }
  json["changes"] = Json::array();
  for (const auto& change : series.changes) json["changes"].push_back(json_of(change, runs));
  json["annotations"] = Json::array();
  for (const auto& annotation : series.annotations) {
    const auto run = runs.find(annotation.run);
    json["annotations"].push_back(
        {{"night", run == runs.end() ? std::string() : run->second}, {"text", annotation.text}});
  }
  return results::dumped(json, 2) + "\n";
}

}  // namespace strata::bench
