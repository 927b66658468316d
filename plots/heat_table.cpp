#include "plots/heat_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "plots/answer.h"
#include "plots/findings.h"
#include "plots/html.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// Dots of a detail's picture; of more blocks an even choice is shown.
constexpr std::size_t kMostPoints = 200;

std::string head_html(const RunView& view) {
  std::string html = R"(<thead><tr><th scope="col" class="row-title">workload</th>)";
  for (const auto& target : view.targets()) {
    html += fmt::format(R"(<th scope="col">{}{}</th>)", target_html(target),
                        target.name == view.header().baseline ? "<small>baseline</small>"
                        : is_emulated(target)                 ? "<small>emulated (tcg)</small>"
                                                              : "");
  }
  return html + "</tr></thead>";
}

std::string row_html(const RunView& view, const std::string& run, std::size_t place) {
  const auto& row = view.rows()[place];
  std::string html = fmt::format(R"(<tr><th scope="row" class="row-title"><bdi>{}</bdi></th>)",
                                 escaped(row.label));
  for (std::size_t column = 0; column < view.targets().size(); ++column) {
    const auto cell = view.cell(row, view.targets()[column].name);
    const auto text = text_of(cell);
    if (cell.finding == Finding::kAbsent) {
      html += R"(<td class="absent"><span class="unseen">not measured</span>–</td>)";
      continue;
    }
    html += fmt::format(
        R"(<td class="{}{}"><button type="button" data-cell="{}{}:{}"><b>{}</b><small>{}</small></button></td>)",
        heat_class(heat_of(cell)), cell.finding == Finding::kFailed ? " failed" : "", run, place,
        column, escaped(text.number), escaped(text.certain));
  }
  return html + "</tr>";
}

std::string rows_html(const RunView& view, const std::string& run, bool telling,
                      std::size_t& count) {
  std::string html;
  std::string group;
  count = 0;
  for (std::size_t i = 0; i < view.rows().size(); ++i) {
    const auto& row = view.rows()[i];
    if (view.tells_something(row) != telling) continue;
    ++count;
    if (row.group != group) {
      group = row.group;
      html += fmt::format(R"(<tr class="group"><th scope="rowgroup" colspan="{}">{}</th></tr>)",
                          view.targets().size() + 1, escaped(group_title(group)));
    }
    html += row_html(view, run, i);
  }
  return html;
}

std::string table_of(const RunView& view, const std::string& rows, std::string_view caption) {
  return fmt::format(
      R"(<div class="scroll heat" tabindex="0" role="region" aria-label="{}"><table><caption class="unseen">{}</caption>{}<tbody>{}</tbody></table></div>)",
      escaped(caption), escaped(caption), head_html(view), rows);
}

Json facts_of(const RunView& view, const Row& row, const Target& target, const CellView& cell) {
  Json facts = Json::array();
  const auto add = [&](const char* name, const std::string& text) {
    facts.push_back({name, text});
  };
  add("Found", finding_text(cell));
  if (cell.ratio) {
    add("Cost over the baseline",
        fmt::format("{} {}, from {} pairs", ratio_text(cell.ratio->value),
                    interval_text(*cell.ratio->interval), cell.ratio->count));
  }
  if (cell.summary != nullptr && cell.summary->location.count > 0) {
    add("Median",
        fmt::format("{} of {} trials", located_text(cell.summary->location, cell.summary->unit),
                    cell.summary->location.count));
  }
  const auto* const baseline = view.summary(row.workload, view.header().baseline, row.metric);
  if (baseline != nullptr && cell.finding != Finding::kBaseline && baseline->location.count > 0) {
    add("Baseline's median", located_text(baseline->location, baseline->unit));
  }
  if (cell.noise_floor) add("Noise (the baseline against itself)", percent_text(*cell.noise_floor));
  if (cell.compared != nullptr && cell.compared->smallest_seen) {
    add("A run like this could see",
        "differences of " + percent_text(*cell.compared->smallest_seen));
  }
  if (cell.compared != nullptr && !cell.compared->why.empty())
    add("Why undecided", cell.compared->why);
  if (cell.summary != nullptr && cell.summary->failed > 0) {
    add("Failed trials", std::to_string(cell.summary->failed));
  }
  add("Metric", row.metric);
  if (is_emulated(target)) add("Accelerator", "tcg: software emulation, not KVM");
  return facts;
}

/// The ratio of costs in each block.
Json points_of(const RunView& view, const Row& row, const std::string& target,
               bool higher_is_better) {
  const auto pairs = view.pairs(row, target, view.header().baseline);
  Json points = Json::array();
  const auto count = std::min(pairs.pairs.size(), kMostPoints);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = i * pairs.pairs.size() / count;
    if (pairs.first[at] <= 0 || pairs.second[at] <= 0) continue;
    const double ratio = pairs.first[at] / pairs.second[at];
    points.push_back({{"block", pairs.pairs[at] & 0xffffffffU},
                      {"ratio", higher_is_better ? 1 / ratio : ratio}});
  }
  return points;
}

}  // namespace

std::string heat_table_html(const RunView& view, const std::string& run) {
  std::size_t told = 0;
  std::size_t folded = 0;
  const auto telling = rows_html(view, run, true, told);
  const auto silent = rows_html(view, run, false, folded);
  std::string html;
  if (told > 0) html += table_of(view, telling, "Overhead by workload and target");
  if (folded > 0) {
    const auto summary = fmt::format("{} {} on which no difference was found on any target", folded,
                                     folded == 1 ? "row" : "rows");
    html += fmt::format("<details{}><summary>{}</summary>{}</details>", told == 0 ? " open" : "",
                        summary, table_of(view, silent, "Rows without a difference"));
  }
  return html;
}

Json cell_details(const RunView& view, const std::string& run) {
  Json details = Json::object();
  for (std::size_t i = 0; i < view.rows().size(); ++i) {
    const auto& row = view.rows()[i];
    for (std::size_t column = 0; column < view.targets().size(); ++column) {
      const auto& target = view.targets()[column];
      const auto cell = view.cell(row, target.name);
      if (cell.finding == Finding::kAbsent) continue;
      Json detail{{"title", row.label + " on " + target.name},
                  {"facts", facts_of(view, row, target, cell)}};
      if (cell.ratio) {
        detail["points"] =
            points_of(view, row, target.name, cell.summary->better == Better::kHigher);
        detail["low"] = cell.ratio->interval->low;
        detail["high"] = cell.ratio->interval->high;
        detail["ratio"] = cell.ratio->value;
        detail["colour"] = style_of(target).colour;
      }
      details[fmt::format("{}{}:{}", run, i, column)] = std::move(detail);
    }
  }
  return details;
}

}  // namespace strata::plots
