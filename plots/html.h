#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plots/chart.h"
#include "plots/target_style.h"

namespace strata::plots {

/// Pieces of pages. All texts are escaped here; ids and classes are our own words.

/// A target's symbol, in its colour.
std::string symbol_html(const Target& target);
/// A target's symbol and name.
std::string target_html(const Target& target);

/// A table; the first column holds row headers. `caption` for those who don't see what is around
/// it.
std::string table_html(const Table& table, std::string_view caption);

/// A chart's place, with its table folded below. The page's script draws it.
std::string figure_html(const Chart& chart, bool can_draw);

/// A folded part.
std::string folded_html(std::string_view summary, std::string_view content);

/// Letters, digits and '-' only, for an id.
std::string id_of(std::string_view text);

}  // namespace strata::plots
