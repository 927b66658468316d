#include "plots/charts/charts.h"
#include "plots/findings.h"
#include "plots/texts.h"

namespace strata::plots {

using Json = nlohmann::json;

std::optional<Chart> heat_map_chart(const RunView& view) {
  Chart chart;
  chart.id = "heat-map";
  chart.title = "What each target costs over " + view.header().baseline;
  chart.caption =
      "The ratio of costs, paired by block, with its 95 % interval below it; ≈ where no difference "
      "was found, with what would have been seen. The first column is the baseline itself.";
  chart.table.titles = {"Workload"};
  std::vector<std::string> names;
  for (const auto& target : view.targets()) {
    names.push_back(target.name);
    chart.table.titles.push_back(target.name);
  }
  Json values = Json::array();
  Json labels = Json::array();
  for (const auto& row : view.rows()) {
    labels.push_back(row.label);
    std::vector<std::string> line{row.label};
    for (const auto& name : names) {
      const auto cell = view.cell(row, name);
      const auto text = text_of(cell);
      const auto heat = heat_of(cell);
      line.push_back(text.number + " " + text.certain);
      values.push_back({{"row", row.label},
                        {"target", name},
                        {"number", text.number},
                        {"certain", text.certain},
                        {"colour", heat_colour(heat)},
                        {"ink", heat >= 5 ? "#ffffff" : "#14171c"}});
    }
    chart.table.rows.push_back(std::move(line));
  }
  if (values.empty()) return std::nullopt;
  chart.specification = {
      {"width", {{"step", 128}}},
      {"height", {{"step", 38}}},
      {"data", {{"values", values}}},
      {"encoding",
       {{"x",
         {{"field", "target"},
          {"type", "nominal"},
          {"sort", names},
          {"title", nullptr},
          {"scale", {{"paddingInner", 0.02}}},
          {"axis", {{"orient", "top"}, {"labelAngle", 0}, {"domain", false}, {"ticks", false}}}}},
        {"y",
         {{"field", "row"},
          {"type", "nominal"},
          {"sort", labels},
          {"title", nullptr},
          {"scale", {{"paddingInner", 0.06}}},
          {"axis", {{"domain", false}, {"ticks", false}, {"labelPadding", 8}}}}}}},
      {"layer",
       {{{"mark", {{"type", "rect"}, {"cornerRadius", 3}}},
         {"encoding",
          {{"color",
            {{"field", "colour"}, {"type", "nominal"}, {"scale", nullptr}, {"legend", nullptr}}}}}},
        {{"mark", {{"type", "text"}, {"dy", -6}, {"fontWeight", 600}, {"fontSize", 12}}},
         {"encoding",
          {{"text", {{"field", "number"}}},
           {"color", {{"field", "ink"}, {"type", "nominal"}, {"scale", nullptr}}}}}},
        {{"mark", {{"type", "text"}, {"dy", 8}, {"fontSize", 10}}},
         {"encoding",
          {{"text", {{"field", "certain"}}},
           {"color", {{"field", "ink"}, {"type", "nominal"}, {"scale", nullptr}}}}}}}}};
  return chart;
}

}  // namespace strata::plots
