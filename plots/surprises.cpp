#include "plots/surprises.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "plots/target_style.h"
#include "results/numbers.h"

namespace strata::plots {
namespace {

using results::format_significant;

/// 1.5 times, or two thirds.
const double kFar = std::log(1.5);

std::string ratio_ascii(const results::Estimate& ratio) {
  return fmt::format("{}x [{}, {}]", format_significant(ratio.value),
                     format_significant(ratio.interval->low),
                     format_significant(ratio.interval->high));
}

/// What is known of a target that bears on a group of workloads.
std::string why_maybe(const Target& target, const std::string& group) {
  const auto said = [&](const char* key) -> std::string {
    for (const auto* const map : {&target.facts, &target.options}) {
      const auto found = map->find(key);
      if (found != map->end() && !found->second.empty())
        return fmt::format("; {}: {}", key, found->second);
    }
    return {};
  };
  if (group == "disk") return said("scratch");
  if (group == "net") return said("network");
  if (group == "os") return said("runtime") + said("seccomp");
  return {};
}

}  // namespace

std::vector<std::string> surprises_in(const RunView& view, std::size_t most) {
  std::vector<std::pair<double, std::string>> found;
  for (const auto& row : view.rows()) {
    if (row.workload.empty()) continue;
    for (const auto& target : view.targets()) {
      if (is_emulated(target)) continue;
      const auto cell = view.cell(row, target.name);
      if (cell.finding != Finding::kSlower && cell.finding != Finding::kFaster) continue;
      const double size = std::log(cell.ratio->value);
      if (std::abs(size) < kFar) continue;
      const auto* const group = view.group(row.group, target.name);
      const bool has_mean = group != nullptr && group->cells > 1 && group->ratio;
      if (has_mean && std::abs(size - std::log(group->ratio->value)) < kFar) continue;
      found.emplace_back(std::abs(size),
                         fmt::format("{} on {}: {}{}", row.label, target.name,
                                     ratio_ascii(*cell.ratio), why_maybe(target, row.group)));
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> lines;
  for (const auto& [size, text] : found) {
    if (lines.size() == most) {
      lines.push_back(fmt::format("{} further: see the report", found.size() - most));
      break;
    }
    lines.push_back(text);
  }
  return lines;
}

}  // namespace strata::plots
