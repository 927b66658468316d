#include "plots/chart.h"

#include "plots/run_view.h"
#include "plots/target_style.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

TargetStyle style_in(const RunView& view, const std::string& name) {
  for (const auto& target : view.targets()) {
    if (target.name == name) return style_of(target);
  }
  return style_of(name, "");
}

}  // namespace

Json chart_config(const std::string& ink) {
  return {{"background", nullptr},
          {"font", "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"},
          {"view", {{"stroke", nullptr}}},
          {"axis",
           {{"labelColor", ink},
            {"titleColor", ink},
            {"domainColor", ink},
            {"tickColor", ink},
            {"gridColor", ink},
            {"gridOpacity", 0.13},
            {"domainOpacity", 0.45},
            {"tickOpacity", 0.45},
            {"labelFontSize", 12},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"labelLimit", 230},
            {"titlePadding", 8}}},
          {"legend",
           {{"labelColor", ink},
            {"titleColor", ink},
            {"labelFontSize", 12},
            {"titleFontSize", 12},
            {"titleFontWeight", "normal"},
            {"labelLimit", 220},
            {"orient", "top"},
            {"columns", 6},
            {"symbolSize", 90}}},
          {"header", {{"labelColor", ink}, {"titleColor", ink}, {"labelFontSize", 13}}},
          {"title", {{"color", ink}, {"subtitleColor", ink}, {"anchor", "start"}}},
          {"text", {{"color", ink}, {"fontSize", 12}}},
          {"rule", {{"color", ink}}},
          {"aria", false}};
}

Json complete_specification(const Chart& chart) {
  Json json = chart.specification;
  json["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json";
  json["title"] = {{"text", chart.title}, {"fontSize", 16}, {"offset", 14}};
  json["description"] = chart.caption;
  json["config"] = chart_config("#1d2129");
  json["config"]["background"] = "white";
  json["padding"] = 16;
  // A page knows its width; a file has to say it.
  if (json.value("width", Json()) == "container") json["width"] = 640;
  return json;
}

Json target_colour(const RunView& view, const std::vector<std::string>& names) {
  Json range = Json::array();
  for (const auto& name : names) range.push_back(style_in(view, name).colour);
  return {{"field", "target"},
          {"type", "nominal"},
          {"title", nullptr},
          {"scale", {{"domain", names}, {"range", range}}}};
}

Json target_shape(const RunView& view, const std::vector<std::string>& names) {
  Json range = Json::array();
  for (const auto& name : names) range.push_back(style_in(view, name).shape);
  return {{"field", "target"},
          {"type", "nominal"},
          {"title", nullptr},
          {"scale", {{"domain", names}, {"range", range}}}};
}

}  // namespace strata::plots
