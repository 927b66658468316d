#include <algorithm>
#include <array>
#include <utility>

#include "plots/charts/charts.h"
#include "plots/texts.h"
#include "results/derived_metrics.h"
#include "results/statistics.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// What has happened at the end of a phase, in the words of a reader.
struct Phase {
  Stamp end;
  const char* name;
  const char* colour;
};
constexpr std::array<Phase, 5> kPhases{{
    {Stamp::kCreated, "sandbox created", "#3b528b"},
    {Stamp::kLaunched, "start call returned", "#2a788e"},
    {Stamp::kKernel, "guest kernel runs", "#22a884"},
    {Stamp::kMain, "first byte of the agent", "#7fc24c"},
    {Stamp::kReady, "agent ready", "#e0b52d"},
}};

struct Reached {
  const Phase* phase;
  double at;  ///< ns since the request, median
};

/// The stamps a target has, in the order of their medians: one may overtake another.
std::vector<Reached> reached_by(const RunView& view, const std::string& target) {
  std::vector<Reached> list;
  for (const auto& phase : kPhases) {
    const auto metric = results::kDerivedMetrics[static_cast<std::size_t>(phase.end)];
    const auto values = view.values("", target, std::string(metric));
    if (!values.empty()) list.push_back({&phase, results::median(values)});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Reached& a, const Reached& b) { return a.at < b.at; });
  // What arrives after `ready` is no part of the startup.
  const auto ready = std::find_if(
      list.begin(), list.end(), [](const Reached& one) { return one.phase->end == Stamp::kReady; });
  if (ready == list.end()) return {};
  list.erase(ready + 1, list.end());
  return list;
}

}  // namespace

std::optional<Chart> startup_phases_chart(const RunView& view) {
  Chart chart;
  chart.id = "startup-phases";
  chart.title = "Where the time of a start goes";
  chart.caption =
      "Each bar is one target's whole startup, from the request to the agent's hello, cut at the "
      "moments it passes through (medians). A bar's length is not comparable with another's: the "
      "time of the whole stands before it.";
  chart.table.titles = {"Target", "Until", "Since the request", "Took"};
  Json values = Json::array();
  Json labels = Json::array();
  for (const auto& target : view.targets()) {
    const auto list = reached_by(view, target.name);
    if (list.empty()) continue;
    const double whole = list.back().at;
    const auto label = target.name + "  " + quantity_text(whole, "ns");
    labels.push_back(label);
    double before = 0;
    for (const auto& one : list) {
      const auto took = quantity_text(one.at - before, "ns");
      values.push_back({{"row", label},
                        {"target", target.name},
                        {"phase", one.phase->name},
                        {"from", before / whole},
                        {"to", one.at / whole},
                        {"middle", (before + one.at) / 2 / whole},
                        {"share", (one.at - before) / whole},
                        {"took", took},
                        {"at", quantity_text(one.at, "ns")}});
      chart.table.rows.push_back({target.name, one.phase->name, quantity_text(one.at, "ns"), took});
      before = one.at;
    }
  }
  if (labels.empty()) return std::nullopt;
  Json names = Json::array();
  Json colours = Json::array();
  for (const auto& phase : kPhases) {
    const bool used = std::any_of(values.begin(), values.end(),
                                  [&](const Json& one) { return one["phase"] == phase.name; });
    if (!used) continue;
    names.push_back(phase.name);
    colours.push_back(phase.colour);
  }
  const Json row{{"field", "row"},
                 {"type", "nominal"},
                 {"sort", labels},
                 {"title", nullptr},
                 {"axis", {{"domain", false}, {"ticks", false}, {"labelPadding", 8}}}};
  const Json tooltip{{{"field", "target"}, {"title", "target"}},
                     {{"field", "phase"}, {"title", "until"}},
                     {{"field", "took"}, {"title", "took"}},
                     {{"field", "at"}, {"title", "since the request"}}};
  chart.specification = {
      {"width", "container"},
      {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
      {"height", {{"step", 34}}},
      {"data", {{"values", values}}},
      {"encoding", {{"y", row}}},
      {"layer",
       {{{"mark", {{"type", "bar"}, {"height", 24}}},
         {"encoding",
          {{"x",
            {{"field", "from"},
             {"type", "quantitative"},
             {"title", "share of the startup"},
             {"scale", {{"domain", {0, 1}}, {"nice", false}}},
             {"axis", {{"format", "%"}, {"grid", false}, {"tickCount", 5}}}}},
           {"x2", {{"field", "to"}}},
           {"color",
            {{"field", "phase"},
             {"type", "nominal"},
             {"title", "until"},
             {"scale", {{"domain", names}, {"range", colours}}},
             {"legend", {{"symbolType", "square"}}}}},
           {"tooltip", tooltip}}}},
        {{"transform", Json::array({{{"filter", "datum.share > 0.12"}}})},
         {"mark", {{"type", "text"}, {"fontSize", 11}, {"color", "white"}, {"fontWeight", 600}}},
         {"encoding",
          {{"x", {{"field", "middle"}, {"type", "quantitative"}}},
           {"text", {{"field", "took"}}},
           {"color",
            {{"condition",
              {{"test",
                "datum.phase === 'agent ready' || datum.phase === 'first byte of the agent'"},
               {"value", "#14171c"}}},
             {"value", "white"}}}}}}}}};
  return chart;
}

}  // namespace strata::plots
