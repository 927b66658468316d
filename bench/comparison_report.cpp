#include "bench/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "bench/columns.h"
#include "bench/definition.h"
#include "bench/numbers.h"
#include "results/json_text.h"

namespace strata::bench {
namespace {

using results::Compared;
using results::Comparison;
using results::Verdict;
using Json = nlohmann::json;

std::string percent(double relative) {
  return fmt::format("{} %", format_significant(relative * 100));
}

std::string verdict_text(const Compared& one, const Comparison& comparison) {
  switch (one.verdict) {
    case Verdict::kEquivalent:
      return fmt::format("equivalent within {}", percent(comparison.options.margin));
    case Verdict::kUndecided:
      return "undecided: " + one.why;
    default:
      return std::string(name_of(one.verdict));
  }
}

std::string colour_of(const Compared& one) {
  switch (one.verdict) {
    case Verdict::kSlower:
      return kYellow;
    case Verdict::kFaster:
    case Verdict::kEquivalent:
      return kGreen;
    default:
      return {};
  }
}

/// The texts of a line: what is shown on the console and in Markdown alike.
std::vector<std::string> texts_of(const Compared& one, const Comparison& comparison, bool group) {
  std::vector<std::string> texts{one.target};
  if (group) {
    texts.push_back(fmt::format("{} ({} cells)", one.workload, one.cells));
    texts.push_back(one.metric);
  } else {
    texts.push_back(one.workload.empty() ? "(all)" : one.workload);
    texts.push_back(one.metric);
    for (const auto& value : {one.reference, one.median}) {
      texts.push_back(value ? format_quantity(*value, one.unit) : "-");
    }
  }
  // A ratio without an interval is never shown.
  if (one.ratio && one.ratio->interval) {
    texts.push_back(fmt::format("{}x [{}, {}]", format_significant(one.ratio->value),
                                format_significant(one.ratio->interval->low),
                                format_significant(one.ratio->interval->high)));
  } else {
    texts.emplace_back("-");
  }
  texts.push_back(one.smallest_seen ? percent(*one.smallest_seen) : "-");
  texts.push_back(verdict_text(one, comparison));
  return texts;
}

std::vector<std::string> titles_of(const Comparison& comparison, bool group) {
  std::vector<std::string> titles{"TARGET", group ? "GROUP" : "WORKLOAD", "METRIC"};
  if (!group) {
    titles.emplace_back(comparison.paired ? "BASELINE" : "FIRST");
    titles.emplace_back(comparison.paired ? "TARGET'S" : "SECOND");
  }
  titles.emplace_back(group ? "GEOMETRIC MEAN [95 %]" : "COST RATIO [95 %]");
  titles.emplace_back("COULD SEE");
  titles.emplace_back("VERDICT");
  return titles;
}

std::string how_to_read(const Comparison& comparison) {
  const auto& options = comparison.options;
  auto text = comparison.paired
                  ? fmt::format(
                        "cost over {}, paired by block (Hodges-Lehmann on log ratios, exact "
                        "signed-rank interval)",
                        comparison.baseline)
                  : std::string(
                        "cost of the second run over the first, unpaired (Hodges-Lehmann shift of "
                        "logs, exact rank-sum interval); how much runs differ from each other by "
                        "themselves is not in it");
  text += fmt::format(
      "\n2x is twice the time, or half the rate; \"could see\": the smallest difference that noise "
      "like this lets a run find four times in five\nslower and faster: {}, and beyond the A/A "
      "noise; equivalent within {}: the 90 % interval lies inside\n",
      options.gate ? fmt::format("at most a chance of 5 % of even one false among {} cells (Holm)",
                                 comparison.cells.size())
                   : fmt::format("at most 5 % of those found are false (Benjamini-Hochberg over {} "
                                 "cells, for exploration; --gate takes Holm)",
                                 comparison.cells.size()),
      percent(options.margin));
  return text;
}

using Lines = std::vector<std::vector<ColumnText>>;

Lines lines_of(const std::vector<Compared>& list, const Comparison& comparison, bool group) {
  Lines lines;
  auto& titles = lines.emplace_back();
  for (const auto& title : titles_of(comparison, group)) titles.push_back({title, ""});
  for (const auto& one : list) {
    auto& line = lines.emplace_back();
    for (auto& text : texts_of(one, comparison, group)) line.push_back({std::move(text), ""});
    line.back().colour = colour_of(one);
  }
  return lines;
}

std::string shown(const std::string& text) { return text.empty() ? "(unknown)" : text; }

/// A cell of a Markdown table: a pipe would end it, a new line the table.
std::string for_markdown(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '<' || c == '`') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string markdown_row(const std::vector<std::string>& texts) {
  std::string row = "|";
  for (const auto& text : texts) row += " " + for_markdown(text) + " |";
  return row + "\n";
}

std::string markdown_table(const std::vector<Compared>& list, const Comparison& comparison,
                           bool group) {
  const auto titles = titles_of(comparison, group);
  auto text = markdown_row(titles) + "|";
  for (std::size_t i = 0; i < titles.size(); ++i) text += " --- |";
  text += "\n";
  for (const auto& one : list) text += markdown_row(texts_of(one, comparison, group));
  return text + "\n";
}

Json to_json(const Compared& one) {
  Json json{{"workload", one.workload},
            {"target", one.target},
            {"metric", one.metric},
            {"unit", one.unit},
            {"cells", one.cells},
            {"failed", one.failed},
            {"p_value", one.p_value},
            {"p_holm", one.holm},
            {"p_benjamini_hochberg", one.benjamini_hochberg},
            {"verdict", name_of(one.verdict)}};
  if (!one.why.empty()) json["why"] = one.why;
  if (one.median) json["median"] = *one.median;
  if (one.reference) json["reference_median"] = *one.reference;
  if (one.ratio && one.ratio->interval) {
    json["ratio"] = {{"value", one.ratio->value},
                     {"interval", {one.ratio->interval->low, one.ratio->interval->high}},
                     {"count", one.ratio->count}};
  }
  if (one.noise_floor) json["noise_floor"] = *one.noise_floor;
  if (one.smallest_seen) json["smallest_seen"] = *one.smallest_seen;
  return json;
}

}  // namespace

std::map<std::string, std::string> headline_metrics(const results::RunHeader& header) {
  std::map<std::string, std::string> metrics;
  const auto definition = definition_from_json_text(header.definition);
  for (const auto& workload : definition.workloads) metrics[workload.name] = workload.metric;
  return metrics;
}

std::string comparison_table(const Comparison& comparison, bool colour) {
  auto text = lay_out(lines_of(comparison.cells, comparison, false), colour);
  if (!comparison.groups.empty()) {
    text += "\n" + lay_out(lines_of(comparison.groups, comparison, true), colour);
  }
  text += "\n" + how_to_read(comparison);
  if (!comparison.differences.empty()) {
    text += "\nthe runs differ in:\n";
    Lines lines;
    for (const auto& one : comparison.differences) {
      lines.push_back({{"  " + one.what, ""},
                       {shown(one.first), ""},
                       {shown(one.second), ""},
                       {one.matters ? "" : "(passing)", ""}});
    }
    text += lay_out(lines, colour);
  }
  for (const auto& warning : comparison.warnings) text += "warning: " + warning + "\n";
  return text;
}

std::string comparison_markdown(const Comparison& comparison) {
  std::string text =
      comparison.paired ? fmt::format("### Compared with {}\n\n", for_markdown(comparison.baseline))
                        : std::string("### The second run compared with the first\n\n");
  for (const auto& warning : comparison.warnings) {
    text += fmt::format("> **Warning:** {}\n\n", for_markdown(warning));
  }
  if (!comparison.groups.empty()) text += markdown_table(comparison.groups, comparison, true);
  text += markdown_table(comparison.cells, comparison, false);
  if (!comparison.differences.empty()) {
    text += fmt::format("<details><summary>The runs differ in {} facts</summary>\n\n",
                        comparison.differences.size());
    text += markdown_row({"FACT", "FIRST", "SECOND", ""}) + "| --- | --- | --- | --- |\n";
    for (const auto& one : comparison.differences) {
      text += markdown_row(
          {one.what, shown(one.first), shown(one.second), one.matters ? "" : "passing"});
    }
    text += "\n</details>\n\n";
  }
  return text + for_markdown(how_to_read(comparison)) + "\n";
}

std::string comparison_json(const Comparison& comparison) {
  const auto& options = comparison.options;
  Json json{{"paired", comparison.paired},
            {"margin", options.margin},
            {"confidence", options.confidence},
            {"correction", options.gate ? "holm" : "benjamini-hochberg"},
            {"warnings", comparison.warnings},
            {"cells", Json::array()},
            {"groups", Json::array()},
            {"differences", Json::array()}};
  if (comparison.paired) json["baseline"] = comparison.baseline;
  for (const auto& one : comparison.cells) json["cells"].push_back(to_json(one));
  for (const auto& one : comparison.groups) json["groups"].push_back(to_json(one));
  for (const auto& one : comparison.differences) {
    json["differences"].push_back({{"what", one.what},
                                   {"first", one.first},
                                   {"second", one.second},
                                   {"matters", one.matters}});
  }
  return results::dumped(json, 2) + "\n";
}

}  // namespace strata::bench
