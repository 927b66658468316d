#include "plots/html.h"

#include <fmt/format.h>

#include "plots/texts.h"

namespace strata::plots {

std::string symbol_html(const Target& target) {
  const auto style = style_of(target);
  return fmt::format(
      R"(<svg class="symbol" viewBox="-1.1 -1.1 2.2 2.2" aria-hidden="true"><path d="{}" fill="{}"/></svg>)",
      outline_of(style.shape), style.colour);
}

std::string target_html(const Target& target) {
  return fmt::format(R"(<span class="target">{}<bdi>{}</bdi></span>)", symbol_html(target),
                     escaped(target.name));
}

std::string table_html(const Table& table, std::string_view caption) {
  std::string html = fmt::format(
      R"(<div class="scroll" tabindex="0" role="region" aria-label="{}"><table><caption class="unseen">{}</caption><thead><tr>)",
      escaped(caption), escaped(caption));
  for (const auto& title : table.titles) {
    html += fmt::format(R"(<th scope="col">{}</th>)", escaped(title));
  }
  html += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += i == 0 ? fmt::format(R"(<th scope="row"><bdi>{}</bdi></th>)", escaped(row[i]))
                     : fmt::format("<td><bdi>{}</bdi></td>", escaped(row[i]));
    }
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

std::string folded_html(std::string_view summary, std::string_view content) {
  return fmt::format("<details><summary>{}</summary>{}</details>", escaped(summary), content);
}

std::string figure_html(const Chart& chart, bool can_draw) {
  can_draw = can_draw && !chart.specification.is_null();
  std::string html =
      fmt::format(R"(<figure id="{}"><h3>{}</h3>)", id_of(chart.id), escaped(chart.title));
  if (can_draw) {
    html += fmt::format(R"(<div class="chart" data-chart="{}" role="img" aria-label="{}"></div>)",
                        escaped(chart.id),
                        escaped(chart.title + ". Its numbers are in the table below."));
  }
  if (!chart.caption.empty())
    html += fmt::format("<figcaption>{}</figcaption>", escaped(chart.caption));
  const auto table = table_html(chart.table, chart.title);
  html += can_draw ? folded_html("The numbers as a table", table) : table;
  return html + "</figure>";
}

std::string id_of(std::string_view text) {
  std::string id;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    id += plain ? c : '-';
  }
  return id;
}

}  // namespace strata::plots
