#pragma once

#include <string>
#include <vector>

#include "plots/chart.h"
#include "results/statistics.h"

namespace strata::plots {

/// A ratio and its interval, in a row of a chart.
struct RatioPoint {
  std::string row;
  std::string series;  ///< a target's name, a verdict, …: says colour and shape
  double ratio = 1;
  results::Interval interval;
  std::string text;        ///< "1.10× [1.09, 1.12]", for the tooltip
  std::string detail;      ///< a further line of it
  std::string label = {};  ///< stands beside the interval
};

struct RatioPlot {
  std::vector<RatioPoint> points;
  std::vector<std::string> rows;    ///< in order
  std::vector<std::string> series;  ///< in order
  nlohmann::json colour;            ///< encodings of "series": see target_colour()
  nlohmann::json shape;
  std::string x_title;
  std::string series_title = "target";
  bool side_by_side = true;  ///< a row has a lane for each series; else they share one
};

/// Dots with intervals on a logarithmic axis, and a dashed line at 1.
nlohmann::json ratio_plot(const RatioPlot& plot);

}  // namespace strata::plots
