#include "bench/advice_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/columns.h"
#include "bench/numbers.h"
#include "results/json_text.h"

namespace strata::bench {
namespace {

using results::Advice;
using results::Estimate;
using results::Evidence;
using results::Option;
using results::Profile;
using results::Ruling;
using results::Swing;
using Json = nlohmann::json;
using Rows = std::vector<std::vector<ColumnText>>;

std::string ratio_text(const Estimate& ratio) {
  auto text = format_significant(ratio.value) + "x";
  if (ratio.interval) {
    text += fmt::format(" [{}, {}]", format_significant(ratio.interval->low),
                        format_significant(ratio.interval->high));
  }
  return text;
}

std::string where_from(const Evidence& one) {
  if (!one.missing.empty()) return one.missing;
  if (one.stated) return "stated by the profile, not measured";
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < one.cells.size() && i < kMost; ++i) {
    const auto& cell = one.cells[i];
    text += fmt::format("{}{} in {}", i == 0 ? "" : ", ",
                        cell.workload.empty() ? "all workloads" : cell.workload, cell.run);
  }
  if (one.cells.size() > kMost) text += fmt::format(" and {} more", one.cells.size() - kMost);
  return text;
}

std::string verdict_line(const Profile& profile, const Advice& advice) {
  if (advice.ranked.empty()) {
    return fmt::format("{}: no recommendation: {}", profile.name, advice.why);
  }
  const auto& first = advice.ranked.front();
  const auto cost = fmt::format("{} costs {} what {} costs, as weighted", first.target,
                                ratio_text(*first.score), profile.baseline);
  if (advice.decided) return fmt::format("{}: {}: {}", profile.name, first.target, cost);
  return fmt::format("{}: undecided, {} leads: {}; {}", profile.name, first.target, cost,
                     advice.why);
}

std::string swing_text(const Swing& swing, const Advice& advice) {
  const auto& first = advice.ranked[0].target;
  const auto& second = advice.ranked[1].target;
  if (swing.is_weight) {
    return fmt::format("weight of {}: {} comes first {} {} (now {})", swing.objective, second,
                       swing.then < swing.now ? "below" : "above", format_significant(swing.then),
                       format_significant(swing.now));
  }
  return fmt::format("{} on {}: {} comes first above {}x (now {}x{})", swing.objective, first,
                     second, format_significant(swing.then), format_significant(swing.now),
                     swing.within_interval ? "; its interval reaches that far" : "");
}

void add_option(Rows& rows, const Option& option, const std::string& place, const char* colour) {
  rows.push_back({{place, colour},
                  {option.target, colour},
                  {option.score ? ratio_text(*option.score) : "-", colour},
                  {std::string(name_of(option.isolation)), ""},
                  {"", ""}});
  for (const auto& one : option.evidence) {
    rows.push_back({{"", ""},
                    {"  " + one.objective, ""},
                    {one.ratio ? ratio_text(*one.ratio) : "not measured", ""},
                    {"weight " + format_significant(one.weight), ""},
                    {where_from(one), ""}});
  }
  for (const auto& ruling : option.unsettled) {
    rows.push_back(
        {{"", ""}, {"  not settled", kYellow}, {ruling.need, ""}, {"", ""}, {ruling.why, ""}});
  }
}

Json json_of(const std::optional<Estimate>& estimate) {
  if (!estimate) return nullptr;
  Json json{{"value", estimate->value}, {"count", estimate->count}};
  if (estimate->interval) {
    json["low"] = estimate->interval->low;
    json["high"] = estimate->interval->high;
  }
  return json;
}

Json json_of(const Evidence& one) {
  Json cells = Json::array();
  for (const auto& cell : one.cells) {
    cells.push_back(
        {{"workload", cell.workload}, {"ratio", json_of(cell.ratio)}, {"result", cell.run}});
  }
  Json json{{"objective", one.objective},
            {"weight", one.weight},
            {"ratio", json_of(one.ratio)},
            {"stated", one.stated},
            {"cells", cells}};
  if (!one.missing.empty()) json["missing"] = one.missing;
  return json;
}

Json json_of(const std::vector<Ruling>& rulings) {
  Json list = Json::array();
  for (const auto& one : rulings) list.push_back({{"need", one.need}, {"why", one.why}});
  return list;
}

Json json_of(const std::vector<Option>& options) {
  Json list = Json::array();
  for (const auto& option : options) {
    Json evidence = Json::array();
    for (const auto& one : option.evidence) evidence.push_back(json_of(one));
    list.push_back({{"target", option.target},
                    {"isolation", name_of(option.isolation)},
                    {"score", json_of(option.score)},
                    {"ruled_out", json_of(option.ruled_out)},
                    {"unsettled", json_of(option.unsettled)},
                    {"evidence", evidence}});
  }
  return list;
}

std::string step_text(const results::MigrationStep& step, std::size_t number) {
  return fmt::format("{}. {}: {} -> {}", number, step.title, step.from, step.to);
}

}  // namespace

std::string advice_text(const Profile& profile, const Advice& advice, bool colour) {
  auto text = verdict_line(profile, advice) + "\n\n";
  Rows rows;
  rows.push_back({{"", ""}, {"target", ""}, {"cost", ""}, {"isolation", ""}, {"evidence", ""}});
  for (std::size_t i = 0; i < advice.ranked.size(); ++i) {
    add_option(rows, advice.ranked[i], fmt::format("{}.", i + 1), i == 0 ? kGreen : "");
  }
  for (const auto& option : advice.unranked) add_option(rows, option, "?", kYellow);
  text += lay_out(rows, colour);
  Rows out;
  for (const auto& option : advice.ruled_out) {
    for (const auto& ruling : option.ruled_out) {
      out.push_back({{option.target, kRed}, {ruling.need, ""}, {ruling.why, ""}});
    }
  }
  if (!out.empty()) text += "\nruled out\n" + lay_out(out, colour);
  if (!advice.not_measured.empty()) {
    text += fmt::format("\nmeasured for no candidate, so not in the cost: {}\n",
                        fmt::join(advice.not_measured, ", "));
  }
  if (!advice.swings.empty()) {
    text += "\nwhat would change the order\n";
    for (const auto& swing : advice.swings) text += "  " + swing_text(swing, advice) + "\n";
  }
  return text;
}

std::string advice_markdown(const Profile& profile, const Advice& advice) {
  auto text = fmt::format("### {}\n\n| place | target | cost | isolation |\n|---|---|---|---|\n",
                          verdict_line(profile, advice));
  const auto row = [&](const std::string& place, const Option& option) {
    text += fmt::format("| {} | {} | {} | {} |\n", place, option.target,
                        option.score ? ratio_text(*option.score) : "not measured",
                        name_of(option.isolation));
  };
  for (std::size_t i = 0; i < advice.ranked.size(); ++i) {
    row(fmt::format("{}", i + 1), advice.ranked[i]);
  }
  for (const auto& option : advice.unranked) row("?", option);
  for (const auto& option : advice.ruled_out) {
    row(fmt::format("ruled out: {}", option.ruled_out.front().need), option);
  }
  text += "\n<details><summary>evidence</summary>\n\n```\n" + advice_text(profile, advice, false) +
          "```\n</details>\n";
  return text;
}

std::string advice_json(const Profile& profile, const Advice& advice) {
  Json swings = Json::array();
  for (const auto& one : advice.swings) {
    swings.push_back({{"objective", one.objective},
                      {"of", one.is_weight ? "weight" : "measurement"},
                      {"now", one.now},
                      {"then", one.then},
                      {"within_interval", one.within_interval}});
  }
  const Json json{{"profile", profile.name},
                  {"baseline", profile.baseline},
                  {"decided", advice.decided},
                  {"why", advice.why},
                  {"ranked", json_of(advice.ranked)},
                  {"unranked", json_of(advice.unranked)},
                  {"ruled_out", json_of(advice.ruled_out)},
                  {"not_measured", advice.not_measured},
                  {"swings", swings}};
  return results::dumped(json, 2) + "\n";
}

std::string migration_text(const results::MigrationPlan& plan, bool colour) {
  auto text = fmt::format("{}: from {} to {}\n", name_of(plan.strategy), plan.from, plan.to);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& step = plan.steps[i];
    text += "\n" + step_text(step, i + 1) + "\n";
    Rows rows;
    for (const auto& one : step.expected) {
      const auto at = one.ratio ? std::optional(at_share(*one.ratio, step.share)) : std::nullopt;
      rows.push_back({{"  " + one.objective, ""},
                      {at ? ratio_text(*at) : "not measured", at ? "" : kYellow},
                      {where_from(one), ""}});
    }
    text += lay_out(rows, colour);
  }
  return text;
}

std::string migration_json(const results::MigrationPlan& plan) {
  Json steps = Json::array();
  for (const auto& step : plan.steps) {
    Json expected = Json::array();
    for (const auto& one : step.expected) {
      auto json = json_of(one);
      if (one.ratio) json["at_share"] = json_of(std::optional(at_share(*one.ratio, step.share)));
      expected.push_back(std::move(json));
    }
    steps.push_back({{"title", step.title},
                     {"from", step.from},
                     {"to", step.to},
                     {"share", step.share},
                     {"expected", expected}});
  }
  return results::dumped(Json{{"strategy", name_of(plan.strategy)},
                              {"from", plan.from},
                              {"to", plan.to},
                              {"steps", steps}},
                         2) +
         "\n";
}

}  // namespace strata::bench
