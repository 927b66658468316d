#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace strata::plots {

/// A table for those who can't see a chart, or want its numbers.
struct Table {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> rows;  ///< as many texts as titles
};

/// A chart: a Vega-Lite specification with its data, and what stands beside it.
struct Chart {
  std::string id;       ///< "startup-phases": unique in a page, and `strata plot`'s word for it
  std::string title;    ///< what it shows
  std::string caption;  ///< how to read it
  std::string source;   ///< of a file: which run it is of, and on which machine
  nlohmann::json specification;  ///< without $schema and config: see complete_specification()
  Table table;
};

/// The look of every chart. `ink`: colour of texts and axes; "currentColor" in a page.
nlohmann::json chart_config(const std::string& ink);

/// Ticks of a logarithmic axis: powers of ten, with further ones between where the range is small;
/// round steps where it is less than twofold.
std::vector<double> log_ticks(double low, double high);

/// A specification that stands by itself, for files and other programs.
nlohmann::json complete_specification(const Chart& chart);

/// An encoding of colour and shape by target: the scales of both, in this order of names.
class RunView;
nlohmann::json target_colour(const RunView& view, const std::vector<std::string>& names);
nlohmann::json target_shape(const RunView& view, const std::vector<std::string>& names);

}  // namespace strata::plots
