#include "plots/site/site_pages.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "plots/answer.h"
#include "plots/charts/history_charts.h"
#include "plots/html.h"
#include "plots/site/atom_feed.h"
#include "plots/texts.h"
#include "results/json_text.h"

namespace strata::plots {
namespace {

using results::SeriesInfo;

/// `up`: the way back to the site's folder, "" or "../".
std::string shell(const SiteOptions& options, const std::string& title, const std::string& up,
                  const std::string& body, bool with_charts) {
  std::string scripts;
  if (with_charts) {
    scripts = fmt::format(
        "<script src=\"{0}assets/vega.js\" defer></script><script src=\"{0}assets/site.js\" "
        "defer></script>",
        up);
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'self'; style-src "
      "'self'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{1}</title>\n"
      "<link rel=\"stylesheet\" href=\"{0}assets/site.css\">\n"
      "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"{0}feed.xml\" "
      "title=\"Confirmed changes\">\n{4}\n"
      "</head>\n<body data-up=\"{0}\">\n<header><p class=\"brand\"><a "
      "href=\"{0}index.html\">{2}</a></p><h1>{1}</h1></header>\n"
      "<main>{3}</main>\n<div id=\"tip\" role=\"tooltip\" hidden></div>\n</body>\n</html>\n",
      up, escaped(title), escaped(options.title), body, scripts);
}

std::string value_text(const SeriesInfo& info, double value) {
  return info.kind == SeriesInfo::Kind::kRatio ? ratio_text(value)
                                               : quantity_text(value, info.unit);
}

std::string interval_of(const SeriesInfo& info, const results::SeriesPoint& point) {
  if (!point.interval) return "–";
  return info.kind == SeriesInfo::Kind::kRatio
             ? interval_text(*point.interval)
             : bounds_text(*point.interval, point.value, info.unit);
}

std::string changes_html(const SiteData& data) {
  std::map<std::int64_t, const results::HistoryRun*> runs;
  for (const auto& run : data.runs) runs[run.id] = &run;
  std::string html;
  for (const auto& [place, change] : data.changes) {
    const auto found = runs.find(change.run);
    const auto& cell = data.cells[place];
    html += fmt::format(
        "<li><a href=\"trends/{}.html#{}\"><bdi>{}</bdi></a>: <b>{}</b> since {}. {}{}</li>",
        id_of(cell.group), cell.file, escaped(cell.name), change_text(change),
        found == runs.end() ? std::string("a run that was removed")
                            : escaped(found->second->started_utc),
        escaped(change.evidence),
        change.accepted.empty() ? std::string() : " Accepted: " + escaped(change.accepted));
  }
  if (html.empty()) return "<p>No change is confirmed.</p>";
  return "<ul>" + html + "</ul>";
}

}  // namespace

std::string index_page(const SiteData& data, const SiteOptions& options) {
  std::string body = "<section><h2>Confirmed changes</h2>" + changes_html(data) +
                     "</section><section><h2>Trends</h2><ul>";
  for (const auto& [group, cells] : data.groups) {
    body += fmt::format("<li><a href=\"trends/{}.html\">{}</a> ({} cells)</li>", id_of(group),
                        escaped(group_title(group)), cells.size());
  }
  body +=
      fmt::format("</ul></section><section><h2>{} runs</h2>", data.runs.size()) +
      R"(<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table><thead><tr><th scope="col">Began</th><th scope="col">Suite</th><th scope="col">Run</th><th scope="col">Cells</th><th scope="col">Environment</th><th scope="col">Remark</th></tr></thead><tbody>)";
  for (auto run = data.runs.rbegin(); run != data.runs.rend(); ++run) {
    const auto values = data.values.find(run->id);
    body += fmt::format(
        "<tr><th scope=\"row\"><a "
        "href=\"runs/{}.html\">{}</a></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></"
        "tr>",
        run->id, escaped(run->started_utc), escaped(run->suite), escaped(run->run_id),
        values == data.values.end() ? 0 : values->second.size(), escaped(run->environment),
        escaped(run->note));
  }
  return shell(options, "What is measured here, night after night", "",
               body + "</tbody></table></div></section>", false);
}

std::string run_page(const SiteData& data, const SiteOptions& options, std::size_t place) {
  const auto& run = data.runs[place];
  std::string body = fmt::format(
      "<p class=\"facts\">suite {}, run {}, Strata {}, environment {}{}</p><p>", escaped(run.suite),
      escaped(run.run_id), escaped(run.strata_version), escaped(run.environment),
      run.note.empty() ? std::string() : "; " + escaped(run.note));
  if (place > 0)
    body += fmt::format("<a href=\"{}.html\">the run before</a> ", data.runs[place - 1].id);
  if (place + 1 < data.runs.size())
    body += fmt::format("<a href=\"{}.html\">the run after</a>", data.runs[place + 1].id);
  body +=
      R"(</p><div class="scroll" tabindex="0" role="region" aria-label="Cells"><table><thead><tr><th scope="col">Cell</th><th scope="col">Value</th><th scope="col">95 %</th><th scope="col">Trials</th><th scope="col">Noise</th></tr></thead><tbody>)";
  std::string group;
  const auto values = data.values.find(run.id);
  if (values != data.values.end()) {
    for (const auto& one : values->second) {
      const auto& cell = data.cells[one.cell];
      const auto& series = cell.series[one.series];
      const auto& point = series.points[one.point];
      if (cell.group != group) {
        group = cell.group;
        body += fmt::format("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\">{}</th></tr>",
                            escaped(group_title(group)));
      }
      body += fmt::format(
          "<tr><th scope=\"row\"><a "
          "href=\"../trends/{}.html#{}\"><bdi>{}</bdi></a></th><td>{}</td><td>{}</td><td>{}{}</"
          "td><td>{}</td></tr>",
          id_of(cell.group), cell.file, escaped(cell.name), value_text(series.info, point.value),
          interval_of(series.info, point), point.trials,
          point.failed > 0 ? fmt::format(", {} failed", point.failed) : std::string(),
          point.noise_floor ? percent_text(*point.noise_floor) : "–");
    }
  }
  return shell(options, run.suite + ", " + run.started_utc, "../", body + "</tbody></table></div>",
               false);
}

std::string trends_page(const SiteData& data, const SiteOptions& options,
                        const std::string& group) {
  std::set<std::size_t> changed;
  for (const auto& one : data.changes) changed.insert(one.cell);
  std::string body =
      "<p class=\"lead\">Each cell's newest value; open one for its course. A new colour of line "
      "begins where a level "
      "changed, a new series where the machine, the engine or the options did.</p>";
  for (const auto place : data.groups.at(group)) {
    const auto& cell = data.cells[place];
    const auto& newest = cell.series.back();
    if (newest.points.empty()) continue;
    const auto& point = newest.points.back();
    std::size_t levels = 0;
    for (const auto& series : cell.series) levels += series.change_points.size();
    body += fmt::format(
        "<details class=\"cell\" id=\"{0}\" data-cell=\"{0}\"><summary><bdi>{1}</bdi> <b>{2}</b> "
        "<small>{3}{4}{5}</small></summary>"
        "<div class=\"chart\" role=\"img\" aria-label=\"The course of {1}\"></div><div "
        "class=\"cell-table\"></div></details>",
        cell.file, escaped(cell.name), value_text(newest.info, point.value),
        interval_of(newest.info, point),
        levels > 0 ? fmt::format(", {} change points", levels) : std::string(),
        changed.contains(place) ? ", confirmed change" : "");
  }
  return shell(options, "Trends: " + group_title(group), "../", body, true);
}

std::string cell_data(const SiteData& data, const SiteCell& cell) {
  const auto chart = history_chart(cell.series, data.runs);
  const nlohmann::json json{{"specification", chart.specification},
                            {"caption", chart.caption},
                            {"titles", chart.table.titles},
                            {"rows", chart.table.rows}};
  return fmt::format("strataCell({},{});\n", results::dumped(cell.file), results::dumped(json));
}

}  // namespace strata::plots
