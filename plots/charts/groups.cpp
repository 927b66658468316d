#include <algorithm>
#include <map>

#include "plots/charts/charts.h"
#include "plots/findings.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// The workload's name without its group's.
std::string short_label(const Row& row) {
  const auto slash = row.label.find('/');
  return slash == std::string::npos ? row.label : row.label.substr(slash + 1);
}

std::optional<Chart> group_chart(const RunView& view, const std::string& group,
                                 const std::vector<Row>& rows) {
  Chart chart;
  chart.id = "group-" + group;
  chart.title = group;
  chart.table.titles = {"Workload", "Metric", "Target", "Median [95 %]", "Ratio [95 %]", "Found"};
  Json values = Json::array();
  std::vector<std::string> names;
  Json labels = Json::array();
  double lowest = 1;
  double highest = 1;
  for (const auto& target : view.targets()) {
    if (target.name != view.header().baseline) names.push_back(target.name);
  }
  for (const auto& row : rows) {
    bool any = false;
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      if (cell.finding == Finding::kAbsent) continue;
      const auto median = cell.summary != nullptr && cell.summary->location.count > 0
                              ? located_text(cell.summary->location, cell.summary->unit)
                              : std::string("–");
      const auto ratio =
          cell.ratio ? ratio_text(cell.ratio->value) + " " + interval_text(*cell.ratio->interval)
                     : std::string("–");
      chart.table.rows.push_back(
          {short_label(row), row.metric, target.name, median, ratio, finding_text(cell)});
      if (!cell.ratio) continue;
      any = true;
      lowest = std::min(lowest, cell.ratio->interval->low);
      highest = std::max(highest, cell.ratio->interval->high);
      values.push_back({{"row", short_label(row)},
                        {"target", target.name},
                        {"ratio", cell.ratio->value},
                        {"low", cell.ratio->interval->low},
                        {"high", cell.ratio->interval->high},
                        {"text", ratio},
                        {"median", median},
                        {"found", finding_text(cell)}});
    }
    if (any) labels.push_back(short_label(row));
  }
  if (values.empty()) return std::nullopt;
  const double rows_high = 22 + 15 * static_cast<double>(names.size());
  const Json tooltip{{{"field", "row"}, {"title", "workload"}},
                     {{"field", "target"}, {"title", "target"}},
                     {{"field", "text"}, {"title", "cost over " + view.header().baseline}},
                     {{"field", "median"}, {"title", "median"}},
                     {{"field", "found"}, {"title", "found"}}};
  const Json offset{{"field", "target"}, {"type", "nominal"}, {"scale", {{"domain", names}}}};
  const Json x_scale{{"type", "log"}, {"nice", false}, {"padding", 12}};
  chart.specification = {
      {"width", "container"},
      {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
      {"height", {{"step", rows_high}, {"for", "position"}}},
      {"data", {{"values", values}}},
      {"encoding",
       {{"y",
         {{"field", "row"},
          {"type", "nominal"},
          {"sort", labels},
          {"title", nullptr},
          {"scale", {{"paddingInner", 0.25}, {"paddingOuter", 0.1}}},
          {"axis",
           {{"grid", true}, {"tickBand", "extent"}, {"domain", false}, {"labelPadding", 8}}}}},
        {"color", target_colour(view, names)}}},
      {"layer",
       {{{"mark", {{"type", "rule"}, {"strokeDash", {4, 3}}, {"opacity", 0.7}}},
         {"data", {{"values", Json::array({{{"one", 1}}})}}},
         {"encoding",
          {{"x", {{"field", "one"}, {"type", "quantitative"}}},
           {"y", nullptr},
           {"color", nullptr}}}},
        {{"mark", {{"type", "rule"}, {"strokeWidth", 2}}},
         {"encoding",
          {{"x",
            {{"field", "low"},
             {"type", "quantitative"},
             {"scale", x_scale},
             {"title",
              "cost over " + view.header().baseline + " (2 = twice the time, or half the rate)"},
             {"axis", {{"format", "~r"}, {"values", log_ticks(lowest, highest)}}}}},
           {"x2", {{"field", "high"}}},
           {"yOffset", offset},
           {"tooltip", tooltip}}}},
        {{"mark", {{"type", "point"}, {"filled", true}, {"opacity", 1}, {"size", 75}}},
         {"encoding",
          {{"x", {{"field", "ratio"}, {"type", "quantitative"}}},
           {"yOffset", offset},
           {"shape", target_shape(view, names)},
           {"tooltip", tooltip}}}}}}};
  return chart;
}

}  // namespace

std::vector<Chart> group_charts(const RunView& view) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<Row>> groups;
  for (const auto& row : view.rows()) {
    if (row.workload.empty()) continue;
    if (!groups.contains(row.group)) order.push_back(row.group);
    groups[row.group].push_back(row);
  }
  std::vector<Chart> charts;
  for (const auto& group : order) {
    if (auto chart = group_chart(view, group, groups[group])) charts.push_back(std::move(*chart));
  }
  return charts;
}

}  // namespace strata::plots
