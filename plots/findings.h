#pragma once

#include <string>

#include "plots/run_view.h"

namespace strata::plots {

/// The step of the colour scale a cell belongs to, from -3 (far cheaper than the baseline) over 0
/// (no difference) to 5 (more than a hundred times the cost). Nothing found is always 0.
int heat_of(const CellView& cell);
/// The page's class of that step: "heat-2", "heat-less-1".
std::string heat_class(int heat);

/// What a cell of the table shows: the number, and how sure it is.
struct CellText {
  std::string number;   ///< "212×", "159 ms", "–"
  std::string certain;  ///< "[206, 220]", "nothing above 5.9 %", "3 trials failed"
};
CellText text_of(const CellView& cell);

/// "slower", "faster", "equivalent", "no difference found above 5.9 %", …
std::string finding_text(const CellView& cell);

/// Colours of the steps, for charts that stand by themselves; the page has its own for light and
/// dark.
std::string heat_colour(int heat);

}  // namespace strata::plots
