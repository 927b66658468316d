#include <fmt/format.h>

#include "plots/answer.h"
#include "plots/exports/exports.h"
#include "plots/findings.h"
#include "plots/surprises.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

/// Text that stays text in Markdown and within a cell of its table.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '[' || c == ']' ||
        c == '#') {
      out += '\\';
    }
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return out;
}

std::string line_text(const AnswerLine& line) {
  auto text = fmt::format("**{}**", name_of(line.paradigm));
  if (line.target == nullptr) return text + ": not measured. " + plain(line.note);
  text += fmt::format(" ({}): starts in **{}** {}", plain(line.target->name), line.startup,
                      plain(line.startup_bounds));
  if (!line.times.label.empty()) {
    text += fmt::format(", {} {} the baseline", line.times.number, plain(line.times.certain));
  }
  for (const auto& figure : line.figures) {
    text += fmt::format("; {} {} {}", plain(figure.label), figure.number, plain(figure.certain));
  }
  return line.note.empty() ? text : text + ". " + plain(line.note);
}

}  // namespace

std::string summary_markdown(const RunView& view) {
  const auto& header = view.header();
  auto text = fmt::format("### Strata: {}, {}\n\n", plain(header.suite), plain(header.started_utc));
  for (const auto& line : answer_of(view)) text += "- " + line_text(line) + "\n";
  text += "\n";
  for (const auto& sentence : certainty_of(view)) text += plain(sentence) + " ";
  text += "\n\n";
  const auto surprises = surprises_in(view);
  for (const auto& surprise : surprises) text += "- :warning: " + plain(surprise) + "\n";
  if (!surprises.empty()) text += "\n";
  std::size_t folded = 0;
  std::string table = "| workload |";
  std::string rule = "| --- |";
  for (const auto& target : view.targets()) {
    table +=
        " " + plain(target.name) + (target.name == header.baseline ? " (baseline)" : "") + " |";
    rule += " ---: |";
  }
  table += "\n" + rule + "\n";
  for (const auto& row : view.rows()) {
    if (!view.tells_something(row)) {
      ++folded;
      continue;
    }
    table += "| " + plain(row.label) + " |";
    for (const auto& target : view.targets()) {
      const auto cell = text_of(view.cell(row, target.name));
      table += fmt::format(" {} {} |", plain(cell.number), plain(cell.certain));
    }
    table += "\n";
  }
  text += fmt::format(
      "<details><summary>Every row with a difference ({} without one are left out)</summary>\n\n",
      folded);
  return text + table + "\n</details>\n";
}

}  // namespace strata::plots
