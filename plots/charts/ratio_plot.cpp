#include "plots/charts/ratio_plot.h"

#include <algorithm>
#include <cmath>

namespace strata::plots {

using Json = nlohmann::json;

Json ratio_plot(const RatioPlot& plot) {
  Json values = Json::array();
  double lowest = 1;
  double highest = 1;
  bool labelled = false;
  for (const auto& point : plot.points) {
    lowest = std::min(lowest, point.interval.low);
    highest = std::max(highest, point.interval.high);
    values.push_back({{"row", point.row},
                      {"target", point.series},
                      {"ratio", point.ratio},
                      {"low", point.interval.low},
                      {"high", point.interval.high},
                      {"text", point.text},
                      {"detail", point.detail}});
    if (point.label.empty()) continue;
    values.back()["label"] = point.label;
    labelled = true;
  }
  const auto lanes = plot.side_by_side ? plot.series.size() : 1;
  const Json tooltip{{{"field", "row"}, {"title", "of"}},
                     {{"field", "target"}, {"title", plot.series_title}},
                     {{"field", "text"}, {"title", "ratio"}},
                     {{"field", "detail"}, {"title", "found"}}};
  Json interval{{"x",
                 {{"field", "low"},
                  {"type", "quantitative"},
                  {"scale", {{"type", "log"}, {"nice", false}, {"padding", 12}}},
                  {"title", plot.x_title},
                  {"axis", {{"format", "~r"}, {"values", log_ticks(lowest, highest)}}}}},
                {"x2", {{"field", "high"}}},
                {"tooltip", tooltip}};
  Json dot{{"x", {{"field", "ratio"}, {"type", "quantitative"}}},
           {"shape", plot.shape},
           {"tooltip", tooltip}};
  if (plot.side_by_side) {
    const Json offset{
        {"field", "target"}, {"type", "nominal"}, {"scale", {{"domain", plot.series}}}};
    interval["yOffset"] = offset;
    dot["yOffset"] = offset;
  }
  Json layers{
      {{"mark", {{"type", "rule"}, {"strokeDash", {4, 3}}, {"opacity", 0.7}}},
       {"data", {{"values", Json::array({{{"one", 1}}})}}},
       {"encoding",
        {{"x", {{"field", "one"}, {"type", "quantitative"}}}, {"y", nullptr}, {"color", nullptr}}}},
      {{"mark", {{"type", "rule"}, {"strokeWidth", 2}}}, {"encoding", interval}},
      {{"mark", {{"type", "point"}, {"filled", true}, {"opacity", 1}, {"size", 75}}},
       {"encoding", dot}}};
  if (labelled) {
    // Room to the right of the farthest.
    constexpr double kRoom = 0.12;
    layers[1]["encoding"]["x"]["scale"]["domainMax"] = highest * std::pow(highest / lowest, kRoom);
    Json text{{"x", {{"field", "high"}, {"type", "quantitative"}}},
              {"text", {{"field", "label"}}},
              {"color", nullptr}};
    if (plot.side_by_side) text["yOffset"] = interval["yOffset"];
    layers.push_back({{"mark",
                       {{"type", "text"},
                        {"align", "left"},
                        {"baseline", "middle"},
                        {"dx", 8},
                        {"fontSize", 11}}},
                      {"encoding", text}});
  }
  return {{"width", "container"},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"height", {{"step", 20 + 13 * static_cast<double>(lanes)}, {"for", "position"}}},
          {"data", {{"values", values}}},
          {"encoding",
           {{"y",
             {{"field", "row"},
              {"type", "nominal"},
              {"sort", plot.rows},
              {"title", nullptr},
              {"scale", {{"paddingInner", 0.25}, {"paddingOuter", 0.1}}},
              {"axis",
               {{"grid", true}, {"tickBand", "extent"}, {"domain", false}, {"labelPadding", 8}}}}},
            {"color", plot.colour}}},
          {"layer", layers}};
}

}  // namespace strata::plots
