#include "plots/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plots/answer.h"
#include "plots/charts/charts.h"
#include "plots/charts/history_charts.h"
#include "plots/embedded_files.h"
#include "plots/findings.h"
#include "plots/heat_table.h"
#include "plots/html.h"
#include "plots/method.h"
#include "plots/page_shell.h"
#include "plots/raw_result.h"
#include "plots/texts.h"

namespace strata::plots {
namespace {

using Json = nlohmann::json;

/// A result larger than that is named, not carried.
constexpr std::size_t kLargestRawResult = 24UL << 20U;

constexpr auto kWithoutVega =
    "<p class=\"note warning\">This build of Strata has no Vega (npm was missing when it was "
    "built): "
    "tables stand where charts would be.</p>";

/// Where the detail of a cell is shown, and what lies under the pointer.
constexpr auto kDetail =
    R"(<dialog id="detail" aria-labelledby="detail-title"><form method="dialog"><button aria-label="Close" class="close">×</button></form>
<h2 id="detail-title"></h2><div id="detail-chart" class="chart" role="img" aria-label="Ratio in each block"></div>
<table><tbody id="detail-facts"></tbody></table></dialog><div id="tip" role="tooltip" hidden></div>)";

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string fact(const RunView& view, const char* name) {
  const auto found = view.header().environment.facts.find(name);
  return found == view.header().environment.facts.end() ? std::string() : found->second;
}

std::string figure_line(const AnswerFigure& figure) {
  return fmt::format(R"(<div><dt>{}</dt><dd class="{}"><b>{}</b> <small>{}</small></dd></div>)",
                     escaped(figure.label), heat_class(figure.heat), escaped(figure.number),
                     escaped(figure.certain));
}

std::string card_html(const AnswerLine& line) {
  const auto title = capital(std::string(name_of(line.paradigm)));
  if (line.target == nullptr) {
    return fmt::format(
        R"(<li class="card missing"><h2>{}</h2><p class="big">not measured</p><p class="note">{}</p></li>)",
        title, escaped(line.note));
  }
  std::string html =
      fmt::format(R"(<li class="card"><h2>{}{}{}</h2><p class="of"><bdi>{}</bdi></p>)",
                  symbol_html(*line.target), title,
                  is_emulated(*line.target) ? R"( <span class="badge">emulated</span>)" : "",
                  escaped(line.target->name));
  html += fmt::format(R"(<p class="big">{} <small>to start {}</small></p>)", escaped(line.startup),
                      escaped(line.startup_bounds));
  if (!line.note.empty()) {
    html += fmt::format(R"(<p class="note warning">{}</p>)", escaped(line.note));
  }
  if (line.times.label.empty()) {
    html += "<p class=\"note\">The baseline: what everything else is divided by.</p>";
  } else {
    html += "<dl>" + figure_line(line.times);
    for (const auto& figure : line.figures) html += figure_line(figure);
    html += "</dl>";
  }
  for (const auto& other : line.others)
    html += fmt::format(R"(<p class="note"><bdi>{}</bdi></p>)", escaped(other));
  return html + "</li>";
}

std::string cards_html(const RunView& view) {
  std::string html = R"(<ul class="cards">)";
  for (const auto& line : answer_of(view)) html += card_html(line);
  return html + "</ul>";
}

std::string answer_html(const RunView& view) {
  std::string html = R"(<section id="answer" aria-label="The answer">)" + cards_html(view);
  html += R"(<div class="certainty"><h2>How sure is that?</h2><ul>)";
  for (const auto& sentence : certainty_of(view)) html += "<li>" + escaped(sentence) + "</li>";
  return html + "</ul></div></section>";
}

std::string header_html(const RunView& view) {
  const auto& header = view.header();
  std::string facts;
  for (const auto& text :
       {fact(view, "cpu.model"),
        fact(view, "cpu.online").empty() ? "" : fact(view, "cpu.online") + " CPUs",
        fact(view, "host.virtualized").empty() ? ""
                                               : "virtualized: " + fact(view, "host.virtualized"),
        "Linux " + fact(view, "kernel.release"), "suite " + header.suite, header.started_utc}) {
    if (!text.empty()) facts += "<li><bdi>" + escaped(text) + "</bdi></li>";
  }
  return R"(<header><p class="brand">Strata</p><h1>What a container, a virtual machine and a function cost on this machine</h1><ul class="facts">)" +
         facts + "</ul></header>";
}

struct Section {
  std::string id;
  std::string title;
  std::string lead;  ///< a sentence, HTML
  std::string content;
};

std::string sections_html(const std::vector<Section>& sections) {
  std::string navigation = R"(<nav aria-label="Sections"><ul>)";
  std::string html;
  for (const auto& section : sections) {
    navigation += fmt::format(R"(<li><a href="#{}">{}</a></li>)", section.id, section.title);
    html += fmt::format(R"(<section id="{}"><h2>{}</h2>{}{}</section>)", section.id, section.title,
                        section.lead.empty() ? "" : "<p class=\"lead\">" + section.lead + "</p>",
                        section.content);
  }
  return navigation + "</ul></nav>" + html;
}

std::string legend_html() {
  std::string html = R"(<ul class="legend" aria-label="Colours">)";
  const std::pair<int, const char*> steps[] = {
      {-2, "cheaper"},  {0, "no difference found"}, {1, "up to 1.25×"},   {2, "up to 2×"},
      {3, "up to 10×"}, {4, "up to 100×"},          {5, "more than 100×"}};
  for (const auto& [heat, text] : steps) {
    html += fmt::format(R"(<li><span class="swatch {}"></span>{}</li>)", heat_class(heat), text);
  }
  return html + "</ul>";
}

std::string download_html(const RunView& view, Json& data) {
  const auto raw = raw_result(view.file(), kLargestRawResult);
  if (raw.empty()) {
    return fmt::format(
        "<p>The raw result is too large to be carried along: it is <code>{}</code> where this "
        "report was made.</p>",
        escaped(view.file().filename().string()));
  }
  data["raw"] = {{"name", "strata-" + view.header().run_id + ".json"}, {"gzip", raw}};
  return R"(<p><button type="button" id="download">Download the raw result (JSON)</button></p>)";
}

/// Gathers sections and the charts that their script draws.
class Story {
 public:
  explicit Story(Json& data) : data_(data) {}

  std::string draw(const Chart& chart) {
    if (!chart.specification.is_null()) data_["charts"][chart.id] = chart.specification;
    return figure_html(chart, has_vega());
  }
  std::string draw_all(const std::vector<Chart>& charts) {
    std::string html;
    for (const auto& chart : charts) html += draw(chart);
    return html;
  }
  /// A section without content is left out.
  void add(const std::string& id, const std::string& title, const std::string& lead,
           const std::string& content) {
    if (!content.empty()) sections_.push_back({id, title, lead, content});
  }
  [[nodiscard]] std::string html() const { return sections_html(sections_); }

 private:
  Json& data_;
  std::vector<Section> sections_;
};

std::string two_runs_html(const RunView& view, const RunView& second, Story& story) {
  results::ComparisonOptions options;
  options.headline = headlines_of(view.header());
  options.headline.merge(headlines_of(second.header()));
  const auto comparison = results::compare_runs(view.run(), second.run(), options);
  std::string html;
  if (const auto chart = two_runs_chart(view, comparison)) html += story.draw(*chart);
  Table differences{{"Fact", "First", "Second", ""}, {}};
  for (const auto& one : comparison.differences) {
    differences.rows.push_back({one.what, one.first.empty() ? "unknown" : one.first,
                                one.second.empty() ? "unknown" : one.second,
                                one.matters ? "matters" : "passing"});
  }
  for (const auto& warning : comparison.warnings) {
    html += "<p class=\"note warning\">" + escaped(warning) + "</p>";
  }
  if (!differences.rows.empty()) {
    html += folded_html(fmt::format("The runs differ in {} facts", differences.rows.size()),
                        table_html(differences, "Differences between the runs"));
  }
  html +=
      "<h3>The second run: " + escaped(second.header().suite + ", " + second.header().started_utc) +
      "</h3>" + cards_html(second) + heat_table_html(second, "second");
  return html;
}

std::string claims_html(const std::vector<results::HeldClaims>& claims, Story& story) {
  std::string html;
  for (const auto& held : claims) {
    html += story.draw(claims_chart(held));
    std::string sources;
    for (const auto& checked : held.claims) {
      const auto& source = checked.claim.source;
      sources += fmt::format("<li><b>{}</b>, {}: {} <small>{}{}{}</small></li>",
                             escaped(checked.claim.id), name_of(checked.verdict),
                             escaped(checked.claim.statement), escaped(source.title),
                             source.section.empty() ? "" : ", ", escaped(source.section));
    }
    html +=
        "<details><summary>What is claimed, and where</summary><ul>" + sources + "</ul></details>";
  }
  return html;
}

std::string startup_html(const RunView& view, Story& story) {
  std::string html;
  if (const auto chart = startup_phases_chart(view)) html += story.draw(*chart);
  if (const auto chart = startup_distribution_chart(view)) html += story.draw(*chart);
  return html;
}

std::string groups_html(const RunView& view, Story& story) {
  std::string html;
  for (auto& chart : group_charts(view)) {
    chart.title = capital(group_title(chart.title));
    html += story.draw(chart);
  }
  return html;
}

}  // namespace

std::string report_html(const ReportInput& input) {
  const auto& view = input.view;
  Json data{{"config", chart_config("currentColor")},
            {"charts", Json::object()},
            {"cells", cell_details(view, "")}};
  if (input.second != nullptr) data["cells"].update(cell_details(*input.second, "second"));
  Story story(data);
  story.add(
      "overhead", "Overhead, cell by cell",
      "Cost over the baseline, with its 95 % interval. ≈: no difference was found, with the "
      "size from which one would have shown. ?: the interval leaves 1 out, but the run's noise "
      "or chance among so many cells may do that. Press a cell for its detail.",
      legend_html() + heat_table_html(view, ""));
  story.add("startup", "Startup", "", startup_html(view, story));
  story.add(
      "groups", "Throughput and latency",
      "Each mark is the cost of a workload over the baseline's, the line its 95 % interval; left "
      "of the dashed line is cheaper. The scale is logarithmic.",
      groups_html(view, story));
  story.add("curves", "Density and bursts", "", story.draw_all(curve_charts(view)));
  if (const auto chart = cold_and_warm_chart(view)) {
    story.add("cold", "Cold against warm", "", story.draw(*chart));
  }
  story.add("claims", "Claims", "What others state, held against this run.",
            claims_html(input.claims, story));
  story.add("ladder", "The cost ladder",
            "Where an overhead comes from: one option switched at a time.",
            story.draw_all(ladder_charts(view)));
  if (input.second != nullptr) {
    story.add("two-runs", "Two runs, side by side", "", two_runs_html(view, *input.second, story));
  }
  if (input.history != nullptr) {
    constexpr std::size_t kMostHistoryCharts = 12;
    story.add("history", "History", "Cells over the runs of the past: first those that changed.",
              story.draw_all(history_charts(*input.history, kMostHistoryCharts)));
  }
  const auto download = download_html(view, data);
  story.add("method", "Method, machine, noise", "", method_html(view) + download);

  Page page;
  page.title = "Strata: " + view.header().suite + ", " + view.header().started_utc;
  page.body = "<a class=\"skip\" href=\"#overhead\">Skip to the numbers</a>" + header_html(view) +
              "<main>" + (has_vega() ? "" : kWithoutVega) + answer_html(view) + story.html() +
              "</main>" +
              fmt::format("<footer><p>Made by Strata {} from run {}.</p></footer>",
                          escaped(view.header().strata_version), escaped(view.header().run_id)) +
              kDetail;
  return page_html(page, data, true);
}

}  // namespace strata::plots
