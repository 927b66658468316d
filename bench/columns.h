#pragma once

#include <string>
#include <vector>

#include "results/vocabulary/target.h"

namespace strata::bench {

/// A piece of a table on the console.
struct ColumnText {
  std::string text;
  std::string colour;  ///< an ANSI sequence; empty: none
};
inline constexpr auto kRed = "\033[31m";
inline constexpr auto kGreen = "\033[32m";
inline constexpr auto kYellow = "\033[33m";

/// What stands above a target's column: its name, whether it is the baseline, whether it was
/// emulated.
ColumnText title_of(const Target& target, const std::string& baseline);

/// Rows of ASCII texts as lines, each column as wide as it needs to be and two blanks from the
/// next; without blanks at the end of a line. Colours only where `colour`.
std::string lay_out(const std::vector<std::vector<ColumnText>>& rows, bool colour);

}  // namespace strata::bench
