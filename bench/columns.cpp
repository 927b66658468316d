#include "bench/columns.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::bench {

ColumnText title_of(const Target& target, const std::string& baseline) {
  return {target.name + (target.name == baseline ? " (baseline)" : "") +
              (is_emulated(target) ? " (tcg: emulated)" : ""),
          ""};
}

std::string lay_out(const std::vector<std::vector<ColumnText>>& rows, bool colour) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].text.size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto padded = fmt::format("{:<{}}", row[i].text, widths[i]);
      text += colour && !row[i].colour.empty() ? row[i].colour + padded + "\033[0m" : padded;
      text += i + 1 < row.size() ? "  " : "";
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text += '\n';
  }
  return text;
}

}  // namespace strata::bench
