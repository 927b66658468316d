#include "bench/experiments/ladder_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "bench/columns.h"
#include "bench/definition.h"
#include "bench/estimate_text.h"
#include "bench/numbers.h"
#include "results/comparison.h"

namespace strata::bench {
namespace {

/// "network: host" if that is all in which the two differ.
std::optional<std::string> only_difference(const Target& target, const Target& from) {
  if (target.driver != from.driver) return std::nullopt;
  std::vector<std::string> differences;
  for (const auto& [name, value] : target.options) {
    const auto other = from.options.find(name);
    if (other == from.options.end() || other->second != value) {
      differences.push_back(fmt::format("{}: {}", name, value));
    }
  }
  for (const auto& [name, value] : from.options) {
    if (!target.options.contains(name)) differences.push_back(name + ": none");
  }
  if (differences.size() != 1) return std::nullopt;
  return differences.front();
}

ColumnText ratio_text(const results::Compared& cell) {
  const auto& ratio = *cell.ratio;
  const auto text = fmt::format("{}x {}", format_significant(ratio.value),
                                ratio.interval ? interval_text(*ratio.interval) : "");
  if (!ratio.interval)
    return {fmt::format("{}(no interval from {} blocks)", text, ratio.count), ""};
  if (cell.verdict == results::Verdict::kFaster) return {text, kGreen};
  if (cell.verdict == results::Verdict::kSlower) return {text, kYellow};
  return {text + ", no difference found", ""};
}

}  // namespace

std::vector<Rung> rungs_of(const std::vector<Target>& targets, const std::string& baseline) {
  std::vector<Rung> rungs;
  std::vector<const Target*> reached;
  for (const auto& target : targets) {
    if (target.name == baseline) reached.push_back(&target);
  }
  // Each step is one option further away; a target belongs to the first that reaches it.
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const auto& target : targets) {
      const auto same = [&](const Target* one) { return one->name == target.name; };
      if (std::any_of(reached.begin(), reached.end(), same)) continue;
      if (const auto option = only_difference(target, *reached[i])) {
        rungs.push_back({target.name, reached[i]->name, *option});
        reached.push_back(&target);
      }
    }
  }
  const auto place = [&](const Rung& rung) {
    return std::find_if(targets.begin(), targets.end(),
                        [&](const Target& target) { return target.name == rung.target; });
  };
  std::stable_sort(rungs.begin(), rungs.end(),
                   [&](const Rung& a, const Rung& b) { return place(a) < place(b); });
  return rungs;
}

std::string ladder_table(const results::ResultHead& head, const std::filesystem::path& result_file,
                         bool colour) {
  const auto rungs = rungs_of(head.header.targets, head.header.baseline);
  if (rungs.empty()) return {};
  const auto run = results::read_measurements(result_file);
  results::ComparisonOptions options;
  for (const auto& workload : definition_from_json_text(head.header.definition).workloads) {
    options.headline[workload.name] = workload.metric;
  }
  std::map<std::string, results::Comparison> against;
  for (const auto& rung : rungs) {
    if (against.contains(rung.from)) continue;
    options.baseline = rung.from;
    against.emplace(rung.from, results::compare_targets(run, options));
  }
  std::vector<std::vector<ColumnText>> lines{
      {{"one option", ""}, {"from", ""}, {"of", ""}, {"cost", ""}}};
  for (const auto& rung : rungs) {
    bool is_first = true;
    for (const auto& cell : against.at(rung.from).cells) {
      if (cell.target != rung.target || !cell.ratio) continue;
      lines.push_back({{is_first ? rung.option : "", ""},
                       {is_first ? rung.from : "", ""},
                       {cell.workload.empty() ? "startup" : cell.workload, ""},
                       ratio_text(cell)});
      is_first = false;
    }
  }
  return "\n" + lay_out(lines, colour) +
         "cost with the option over that without, paired by block, with its 95 % interval: below 1 "
         "is "
         "given back\n";
}

}  // namespace strata::bench
