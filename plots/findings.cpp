#include "plots/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plots/texts.h"

namespace strata::plots {

int heat_of(const CellView& cell) {
  if (!cell.ratio || (cell.finding != Finding::kSlower && cell.finding != Finding::kFaster)) {
    return 0;
  }
  const double ratio = cell.ratio->value;
  if (ratio < 0.5) return -3;
  if (ratio < 0.8) return -2;
  if (ratio < 1) return -1;
  constexpr std::array<double, 4> kSteps{1.25, 2, 10, 100};
  const auto* const step = std::upper_bound(kSteps.begin(), kSteps.end(), ratio);
  return 1 + static_cast<int>(step - kSteps.begin());
}

std::string heat_class(int heat) {
  return heat < 0 ? fmt::format("heat-less-{}", -heat) : fmt::format("heat-{}", heat);
}

std::string finding_text(const CellView& cell) {
  switch (cell.finding) {
    case Finding::kBaseline:
      return "baseline";
    case Finding::kSlower:
      return "slower";
    case Finding::kFaster:
      return "faster";
    case Finding::kEquivalent:
      return "the same within " + percent_text(*cell.hidden_below);
    case Finding::kNothing:
      return "no difference found above " + percent_text(*cell.hidden_below);
    case Finding::kUnsure:
      return "unsure: " + (cell.compared != nullptr && !cell.compared->why.empty()
                               ? cell.compared->why
                               : std::string("within the run's own noise"));
    case Finding::kNoInterval:
      return "too few trials for an interval";
    case Finding::kFailed:
      return "every trial failed";
    default:
      return "not measured";
  }
}

CellText text_of(const CellView& cell) {
  switch (cell.finding) {
    case Finding::kAbsent:
      return {"–", "not measured"};
    case Finding::kFailed:
      return {"failed",
              fmt::format("{} trials", cell.summary != nullptr ? cell.summary->failed : 0)};
    case Finding::kBaseline: {
      const auto& location = cell.summary->location;
      return {quantity_text(location.value, cell.summary->unit),
              location.interval
                  ? bounds_text(*location.interval, location.value, cell.summary->unit)
                  : "no interval"};
    }
    case Finding::kNoInterval:
      return {quantity_text(cell.summary->location.value, cell.summary->unit), "no interval"};
    case Finding::kEquivalent:
      return {"same", "within " + percent_text(*cell.hidden_below)};
    case Finding::kNothing:
      return {"≈", "none above " + percent_text(*cell.hidden_below)};
    case Finding::kUnsure:
      return {ratio_text(cell.ratio->value) + " ?", interval_text(*cell.ratio->interval)};
    default:
      return {ratio_text(cell.ratio->value), interval_text(*cell.ratio->interval)};
  }
}

std::string heat_colour(int heat) {
  constexpr std::array<const char*, 9> kColours{"#5fa8d3", "#9ccbe6", "#d3e8f4",
                                                "#f1f2f4", "#fdebcf", "#fbd197",
                                                "#f5a95a", "#e0762f", "#b64a14"};
  const int from_palest = std::clamp(heat, -3, 5) + 3;
  return kColours[static_cast<std::size_t>(from_palest)];
}

}  // namespace strata::plots
