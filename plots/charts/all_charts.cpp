#include <utility>

#include "plots/charts/charts.h"

namespace strata::plots {
namespace {

/// "AMD EPYC, 2 CPUs, virtualized, Linux 6.1; suite standard, 2026-03-01".
std::string source_of(const RunView& view) {
  const auto& header = view.header();
  const auto fact = [&](const char* name) {
    const auto found = header.environment.facts.find(name);
    return found == header.environment.facts.end() ? std::string() : found->second;
  };
  std::string text = fact("cpu.model");
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (const auto count = fact("cpu.online"); !count.empty()) add(count + " CPUs");
  if (fact("host.virtualized") == "yes") add("virtualized");
  if (const auto release = fact("kernel.release"); !release.empty()) {
    add("Linux " + release.substr(0, release.find('-')));
  }
  if (!text.empty()) text += "; ";
  constexpr std::size_t kDate = 10;
  return text + "suite " + header.suite + ", " + header.started_utc.substr(0, kDate);
}

}  // namespace

std::vector<Chart> all_charts(const RunView& view) {
  std::vector<Chart> charts;
  const auto add = [&](std::optional<Chart> chart) {
    if (chart) charts.push_back(std::move(*chart));
  };
  add(overview_chart(view));
  add(heat_map_chart(view));
  add(startup_phases_chart(view));
  add(startup_distribution_chart(view));
  for (auto& chart : group_charts(view)) charts.push_back(std::move(chart));
  for (auto& chart : curve_charts(view)) charts.push_back(std::move(chart));
  add(cold_and_warm_chart(view));
  for (auto& chart : ladder_charts(view)) charts.push_back(std::move(chart));
  const auto source = source_of(view);
  for (auto& chart : charts) chart.source = source;
  return charts;
}

}  // namespace strata::plots
