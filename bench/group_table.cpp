#include "bench/group_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bench/columns.h"
#include "plots/surprises.h"
#include "results/numbers.h"

namespace strata::bench {
namespace {

using results::Compared;
using results::format_quantity;
using results::format_significant;
using results::Verdict;

ColumnText cell_of(const Compared* compared) {
  if (compared == nullptr) return {"-", ""};
  if (!compared->ratio || !compared->ratio->interval) return {"no interval", ""};
  const auto& ratio = *compared->ratio;
  const auto text = fmt::format("{}x [{}, {}]", format_significant(ratio.value),
                                format_significant(ratio.interval->low),
                                format_significant(ratio.interval->high));
  switch (compared->verdict) {
    case Verdict::kSlower:
      return {text, kYellow};
    case Verdict::kFaster:
      return {text, kGreen};
    case Verdict::kEquivalent:
      return {text + ", the same", ""};
    default:
      return {text + ", nothing found", ""};
  }
}

const Compared* startup_of(const plots::RunView& view, const std::string& target) {
  for (const auto& one : view.comparison().cells) {
    if (one.workload.empty() && one.target == target) return &one;
  }
  return nullptr;
}

}  // namespace

std::string group_table(const plots::RunView& view, bool colour) {
  const auto& baseline = view.header().baseline;
  std::vector<std::vector<ColumnText>> lines{{{"", ""}}};
  for (const auto& target : view.targets()) {
    lines[0].push_back(title_of(target, baseline));
  }
  std::vector<std::string> groups;
  for (const auto& row : view.rows()) {
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) {
      groups.push_back(row.group);
    }
  }
  for (const auto& group : groups) {
    const bool startup = group == "startup";
    const auto workloads = std::count_if(view.rows().begin(), view.rows().end(),
                                         [&](const plots::Row& row) { return row.group == group; });
    std::vector<ColumnText> line{
        {startup ? group : fmt::format("{} ({} workloads)", group, workloads), ""}};
    for (const auto& target : view.targets()) {
      if (target.name != baseline) {
        line.push_back(
            cell_of(startup ? startup_of(view, target.name) : view.group(group, target.name)));
        continue;
      }
      const auto* const cell = view.summary("", baseline, "startup");
      const bool shown = startup && cell != nullptr && cell->location.count > 0;
      line.push_back({shown ? format_quantity(cell->location.value, cell->unit) : "1", ""});
    }
    lines.push_back(std::move(line));
  }
  return lay_out(lines, colour) +
         fmt::format(
             "cost over {} (2x is twice the time, or half the rate): the geometric mean over a "
             "group, paired by block, with its 95 % interval\n",
             baseline);
}

std::string surprise_lines(const plots::RunView& view) {
  std::string text;
  for (const auto& line : plots::surprises_in(view)) text += "surprise: " + line + "\n";
  return text;
}

}  // namespace strata::bench
