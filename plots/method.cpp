#include "plots/method.h"

#include <fmt/format.h>

#include <map>

#include "plots/answer.h"
#include "plots/html.h"
#include "plots/texts.h"
#include "results/capture.h"

namespace strata::plots {
namespace {

std::string run_table(const RunView& view) {
  const auto& header = view.header();
  double wall = 0;
  double own = 0;
  for (const auto& footer : view.head().footers) {
    wall += footer.wall_seconds;
    own += footer.strata_cpu_seconds;
  }
  Table table{
      {"Of the run", ""},
      {{"Run", header.run_id},
       {"Began", header.started_utc},
       {"Suite", header.suite},
       {"Command", header.command_line},
       {"Strata", header.strata_version},
       {"Seed of the order", std::to_string(header.seed)},
       {"Blocks planned", std::to_string(header.blocks)},
       {"Trials", fmt::format("{}, {} of them failed", view.head().summary.trials,
                              view.head().summary.failed)},
       {"Took", fmt::format("{:.0f} s, of which Strata itself used {:.2f} s of CPU", wall, own)},
       {"Environment class", header.environment.environment_class}}};
  return table_html(table, "The run");
}

std::string targets_table(const RunView& view) {
  Table table{{"Target", "Paradigm", "Driver", "Options", "Found out by its probe"}, {}};
  const auto joined = [](const std::map<std::string, std::string>& map) {
    std::string text;
    for (const auto& [key, value] : map) text += (text.empty() ? "" : "; ") + key + " = " + value;
    return text.empty() ? std::string("–") : text;
  };
  for (const auto& target : view.targets()) {
    table.rows.push_back({target.name, std::string(name_of(paradigm_of(target.driver))),
                          target.driver, joined(target.options), joined(target.facts)});
  }
  return table_html(table, "Targets and their options");
}

std::string noise_table(const RunView& view) {
  Table table{{"Workload", "Metric", "The baseline against itself (A/A)", "Noise floor"}, {}};
  for (const auto& row : view.rows()) {
    const auto* const control =
        view.summary(row.workload, view.header().baseline, row.metric, true);
    if (control == nullptr || !control->overhead || !control->overhead->interval) continue;
    std::string floor = "–";
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      if (cell.noise_floor) floor = percent_text(*cell.noise_floor);
    }
    table.rows.push_back(
        {row.label, row.metric,
         ratio_text(control->overhead->value) + " " + interval_text(*control->overhead->interval),
         floor});
  }
  if (table.rows.empty()) return "<p>Too few blocks for a noise floor: six are the least.</p>";
  return table_html(table, "Noise floor by workload");
}

std::string environment_table(const RunView& view) {
  Table table{{"Fact", "Value"}, {}};
  for (const auto& [fact, value] : view.header().environment.facts)
    table.rows.push_back({fact, value});
  return table_html(table, "Environment");
}

std::string disturbances_html(const RunView& view) {
  const auto list = results::find_disturbances(view.header().environment);
  if (list.empty()) return "<p>Nothing known of this machine disturbs measurements.</p>";
  std::string html = "<ul>";
  for (const auto& one : list) {
    html += fmt::format(
        "<li><b>{}</b>: {}{}</li>", escaped(one.what), escaped(one.meaning),
        one.remedy.empty() ? std::string() : " Remedy: <code>" + escaped(one.remedy) + "</code>");
  }
  return html + "</ul>";
}

std::string missing_html(const RunView& view) {
  std::string html;
  for (const auto& [name, failure] : view.header().unavailable_targets) {
    html += fmt::format("<li><b><bdi>{}</bdi></b> was not measured: {}</li>", escaped(name),
                        escaped(to_string(failure)));
  }
  for (const auto& workload : view.head().summary.differing_checksums) {
    html += fmt::format(
        "<li><b><bdi>{}</bdi></b> computed something else in some trials: its ratios compare "
        "different work</li>",
        escaped(workload));
  }
  for (const auto& one : view.failed()) {
    html += fmt::format(
        "<li><b><bdi>{}</bdi></b> on <b><bdi>{}</bdi></b>: {} of its trials failed: {}</li>",
        escaped(one.workload), escaped(one.target), one.count, escaped(to_string(one.first)));
  }
  return html.empty() ? html : "<h3>What is missing</h3><ul>" + html + "</ul>";
}

}  // namespace

std::string method_html(const RunView& view) {
  std::string html =
      "<p>A run is made of blocks. In each, every target gets one fresh instance, in random order, "
      "and "
      "the baseline a second one, which shows the run's own noise (A/A). Overhead is the ratio of "
      "costs "
      "paired by block: Hodges-Lehmann on log ratios, with the exact signed-rank 95 % interval. "
      "<i>Slower</i> and <i>faster</i> are said only beyond that noise, and after correction for "
      "the "
      "number of cells (Benjamini-Hochberg, 5 %). 2× is twice the time, or half the rate. Startup "
      "runs "
      "from the request to the agent's hello, all of it on the host's clock.</p>";
  html += missing_html(view);
  html += "<h3>What disturbs this machine</h3>" + disturbances_html(view);
  html += folded_html("The run", run_table(view));
  html += folded_html("Every target's options", targets_table(view));
  html += folded_html("Noise floor of every workload", noise_table(view));
  html += folded_html("The environment", environment_table(view));
  return html;
}

}  // namespace strata::plots
