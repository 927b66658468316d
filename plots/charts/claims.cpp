#include <fmt/format.h>

#include <algorithm>

#include "plots/charts/charts.h"
#include "plots/charts/ratio_plot.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

using results::ClaimVerdict;
using Json = nlohmann::json;

std::string relation_text(const results::Claim& claim, const results::ClaimRow& row) {
  const auto unit = claim.kind == results::Claim::Kind::kRatio ? std::string() : row.unit;
  switch (claim.relation) {
    case results::Claim::Relation::kAtMost:
      return "at most " + quantity_text(row.bound, unit);
    case results::Claim::Relation::kAtLeast:
      return "at least " + quantity_text(row.bound, unit);
    default:
      return "within " + percent_text(row.bound);
  }
}

std::string measured_text(const results::Claim& claim, const results::ClaimRow& row) {
  if (!row.estimate || !row.estimate->interval) return "–";
  return claim.kind == results::Claim::Kind::kRatio ? estimate_text(*row.estimate)
                                                    : located_text(*row.estimate, row.unit);
}

const std::vector<std::string>& verdict_names() {
  static const std::vector<std::string> kNames{"supported", "undecided", "refuted", "invalid"};
  return kNames;
}

}  // namespace

Chart claims_chart(const results::HeldClaims& held) {
  Chart chart;
  chart.id = "claims-" + held.file.name;
  chart.title = held.file.name;
  chart.caption =
      "Each mark is what was measured, divided by what is claimed, with its interval: the dashed "
      "line is the claim's own figure. A claim of a ratio near 1 is drawn as that ratio.";
  chart.table.titles = {"Claim", "Claimed", "Measured", "Verdict", "Why"};
  RatioPlot plot;
  plot.side_by_side = false;
  plot.series = verdict_names();
  plot.series_title = "verdict";
  plot.x_title = "measured over claimed";
  const auto scale = [](Json range) {
    return Json{{"field", "target"},
                {"type", "nominal"},
                {"title", nullptr},
                {"scale", {{"domain", verdict_names()}, {"range", std::move(range)}}}};
  };
  plot.colour = scale({"#2f8f5b", "#7a808a", "#c9471f", "#a05ab0"});
  plot.shape = scale({"circle", "diamond", "cross", "square"});
  for (const auto& checked : held.claims) {
    const auto& claim = checked.claim;
    if (checked.rows.empty()) {
      chart.table.rows.push_back(
          {claim.id, "–", "–", std::string(name_of(checked.verdict)), checked.why});
    }
    for (const auto& row : checked.rows) {
      auto label = claim.id;
      if (!row.workload.empty()) label += ", " + row.workload;
      if (!row.decides) label += " (" + row.measured + ")";
      chart.table.rows.push_back({label, relation_text(claim, row), measured_text(claim, row),
                                  std::string(name_of(row.verdict)), row.why});
      if (!row.estimate || !row.estimate->interval || row.verdict == ClaimVerdict::kNotMeasurable)
        continue;
      const double line = claim.relation == results::Claim::Relation::kWithin ? 1 : row.bound;
      const auto& interval = *row.estimate->interval;
      if (line <= 0 || interval.low <= 0)
        continue;  // no place on a logarithmic axis: see the table
      plot.rows.push_back(label);
      plot.points.push_back({label,
                             std::string(name_of(row.verdict)),
                             row.estimate->value / line,
                             {interval.low / line, interval.high / line},
                             measured_text(claim, row),
                             "claimed: " + relation_text(claim, row)});
    }
  }
  if (!plot.points.empty()) chart.specification = ratio_plot(plot);
  return chart;
}

}  // namespace strata::plots
