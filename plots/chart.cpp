#include "plots/chart.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

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

/// What it is meant to be, so that it prints as such.
double round_tick(double tick) { return std::stod(fmt::format("{:.6g}", tick)); }

/// Multiples of 1, 2 or 5 times a power of ten, up to a dozen of them.
std::vector<double> linear_ticks(double low, double high) {
  constexpr double kMost = 9;
  if (high <= low) return {round_tick(low)};
  const double power = std::pow(10, std::floor(std::log10((high - low) / kMost)));
  double step = 10 * power;
  for (const double factor : {5, 2, 1}) {
    if ((high - low) / (factor * power) <= kMost) step = factor * power;
  }
  std::vector<double> ticks;
  const auto last = std::floor(high / step * (1 + 1e-9));
  const auto first = std::ceil(low / step);
  for (int i = 0; first + i <= last; ++i) ticks.push_back(round_tick((first + i) * step));
  return ticks;
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
            {"symbolSize", 90}}},
          {"header", {{"labelColor", ink}, {"titleColor", ink}, {"labelFontSize", 13}}},
          {"title",
           {{"color", ink},
            {"subtitleColor", ink},
            {"anchor", "start"},
            {"subtitleFontSize", 12},
            {"subtitlePadding", 5}}},
          {"text", {{"color", ink}, {"fontSize", 12}}},
          {"rule", {{"color", ink}}},
          {"aria", false}};
}

std::vector<double> log_ticks(double low, double high) {
  if (!(low > 0) || !(high >= low) || !std::isfinite(high)) return {};
  const double decades = std::log10(high / low);
  constexpr double kNearlyLinear = 0.3;
  if (decades < kNearlyLinear) return linear_ticks(low, high);
  std::vector<double> steps{1};
  if (decades < 1) {
    steps = {1, 1.2, 1.5, 2, 3, 4, 5, 6, 8};
  } else if (decades < 2) {
    steps = {1, 2, 3, 5};
  } else if (decades < 4) {
    steps = {1, 3};
  }
  std::vector<double> ticks;
  const auto last = static_cast<int>(std::ceil(std::log10(high)));
  for (auto decade = static_cast<int>(std::floor(std::log10(low))); decade <= last; ++decade) {
    for (const double step : steps) {
      const double tick = round_tick(step * std::pow(10, decade));
      if (tick >= low * 0.97 && tick <= high * 1.03) ticks.push_back(tick);
    }
  }
  return ticks;
}

Json complete_specification(const Chart& chart) {
  Json json = chart.specification;
  json["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json";
  json["title"] = {{"text", chart.title}, {"fontSize", 16}, {"offset", 14}};
  if (!chart.source.empty()) json["title"]["subtitle"] = chart.source;
  json["description"] = chart.caption;
  json["config"] = chart_config("#1d2129");
  json["config"]["background"] = "white";
  json["padding"] = 16;
  // A page knows its width; a file has to say it.
  if (json.value("width", Json()) == "container") json["width"] = 720;
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
