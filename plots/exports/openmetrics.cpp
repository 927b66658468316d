#include <array>

#include "plots/exports/exports.h"
#include "results/json_text.h"

namespace strata::plots {
namespace {

/// A label's value: OpenMetrics escapes backslash, quote and line feed.
std::string label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

struct Family {
  const char* name;
  const char* help;
  std::optional<double> (*value)(const CellView& cell);
};

std::optional<double> bound(const std::optional<results::Estimate>& estimate, bool low) {
  if (!estimate || !estimate->interval) return std::nullopt;
  return low ? estimate->interval->low : estimate->interval->high;
}

constexpr std::array<Family, 6> kFamilies{{
    {"strata_median", "Median of the good trials, in the unit of the label",
     [](const CellView& cell) -> std::optional<double> {
       if (cell.summary == nullptr || cell.summary->location.count == 0) return std::nullopt;
       return cell.summary->location.value;
     }},
    {"strata_cost_ratio", "Cost over the baseline's cost, paired by block",
     [](const CellView& cell) -> std::optional<double> {
       if (!cell.ratio) return std::nullopt;
       return cell.ratio->value;
     }},
    {"strata_cost_ratio_low", "Lower bound of its 95 % interval",
     [](const CellView& cell) { return bound(cell.ratio, true); }},
    {"strata_cost_ratio_high", "Upper bound of its 95 % interval",
     [](const CellView& cell) { return bound(cell.ratio, false); }},
    {"strata_noise_floor", "Far end of the A/A interval, relative",
     [](const CellView& cell) { return cell.noise_floor; }},
    {"strata_failed_trials", "Trials that failed",
     [](const CellView& cell) -> std::optional<double> {
       if (cell.summary == nullptr) return std::nullopt;
       return static_cast<double>(cell.summary->failed);
     }},
}};

}  // namespace

std::string cells_openmetrics(const RunView& view) {
  std::string text;
  for (const auto& family : kFamilies) {
    text += std::string("# TYPE ") + family.name + " gauge\n# HELP " + family.name + " " +
            family.help + "\n";
    for (const auto& row : view.rows()) {
      for (const auto& target : view.targets()) {
        const auto cell = view.cell(row, target.name);
        const auto value = family.value(cell);
        if (!value) continue;
        text += std::string(family.name) + "{workload=\"" +
                label(row.workload.empty() ? "startup" : row.workload) + "\",target=\"" +
                label(target.name) + "\",metric=\"" + label(row.metric) + "\",unit=\"" +
                label(cell.summary->unit) + "\",suite=\"" + label(view.header().suite) + "\"} ";
        results::append_number(text, *value);
        text += '\n';
      }
    }
  }
  return text + "# EOF\n";
}

}  // namespace strata::plots
