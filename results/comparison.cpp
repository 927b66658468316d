#include "results/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "results/comparison_sample.h"
#include "results/derived_metrics.h"
#include "results/multiplicity.h"
#include "results/on_all_cpus.h"
#include "results/run_differences.h"
#include "results/run_quality.h"
#include "results/units.h"
#include "results/vocabulary/disturbance_metrics.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::results {
namespace {

constexpr auto kStartup = kDerivedMetrics[static_cast<std::size_t>(Stamp::kReady)];

/// What one line of a comparison is made of.
struct Line {
  Compared compared;
  Sample sample;
  std::vector<Sample> noise;  ///< A/A, of each run that has it
};

/// The values of one metric in one place of a run: a cell, or startup over all workloads.
struct Place {
  const MeasuredRun& run;
  std::string workload;  ///< empty: all
  std::string target;
  bool control = false;

  [[nodiscard]] std::vector<Paired> values(std::size_t kind) const {
    const auto& measured = run.measurements;
    if (workload.empty()) return measured.over_all_workloads(target, control, kind);
    std::vector<Paired> list;
    if (const auto* const cell = measured.cell(workload, target, control)) {
      cell->append_to(list, kind);
    }
    return list;
  }
  [[nodiscard]] std::size_t failed() const {
    std::size_t count = 0;
    for (const auto& [key, cell] : run.measurements.cells()) {
      const auto& [its_workload, its_target, its_control] = key;
      const bool here = workload.empty() || run.measurements.workloads()[its_workload] == workload;
      if (here && its_control == control && run.measurements.targets()[its_target] == target) {
        count += cell.failed();
      }
    }
    return count;
  }
};

std::optional<double> median_of(const std::vector<Paired>& list) {
  if (list.empty()) return std::nullopt;
  std::vector<double> values;
  values.reserve(list.size());
  for (const auto& one : list) values.push_back(one.value);
  return median(values);
}

/// One metric, as the side that is looked at has it.
struct Chosen {
  std::string workload;
  std::string target;
  std::size_t kind = 0;
};

bool is_wanted(const ComparisonOptions& options, const std::string& workload,
               const std::string& metric) {
  if (workload.empty() != (metric == kStartup)) return false;
  const auto& metrics = options.metrics;
  if (!metrics.empty()) return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
  if (workload.empty()) return true;
  const auto headline = options.headline.find(workload);
  return metric == (headline == options.headline.end() ? "real_time" : headline->second);
}

/// Every metric of every cell that is wanted; what has none at all is there with the place beyond
/// the last kind, so that a cell whose every trial failed is still seen.
std::vector<Chosen> choose(const MeasuredRun& run, const ComparisonOptions& options,
                           const std::string& left_out) {
  const auto& measured = run.measurements;
  const auto& kinds = measured.kinds();
  std::vector<Chosen> chosen;
  std::set<std::string> targets;
  for (const auto& [key, cell] : measured.cells()) {
    const auto& [workload, target, control] = key;
    const auto& name = measured.targets()[target];
    if (control || name == left_out) continue;
    targets.insert(name);
    bool any = false;
    for (const auto& column : cell.columns()) {
      if (!is_wanted(options, measured.workloads()[workload], kinds[column.kind].name)) continue;
      chosen.push_back({measured.workloads()[workload], name, column.kind});
      any = true;
    }
    if (!any && cell.trials() == 0) {
      chosen.push_back({measured.workloads()[workload], name, kinds.size()});
    }
  }
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (!is_wanted(options, "", kinds[kind].name)) continue;
    for (const auto& target : targets) chosen.push_back({"", target, kind});
  }
  std::sort(chosen.begin(), chosen.end(), [&](const Chosen& a, const Chosen& b) {
    return std::tie(a.target, a.workload, a.kind) < std::tie(b.target, b.workload, b.kind);
  });
  return chosen;
}

/// The place of a metric of that name in another run, if its unit converts.
struct Counterpart {
  std::size_t kind = 0;
  double factor = 1;  ///< from its unit to the one of the metric that was looked for
};
std::optional<Counterpart> counterpart(const Measurements& measured, const MetricKind& of,
                                       std::string& why) {
  for (std::size_t i = 0; i < measured.kinds().size(); ++i) {
    const auto& kind = measured.kinds()[i];
    if (kind.name != of.name) continue;
    const auto factor = conversion(kind.unit, of.unit);
    if (factor && kind.better == of.better) return Counterpart{i, *factor};
    why = fmt::format("units don't match: {} in \"{}\" and in \"{}\"", of.name, kind.unit, of.unit);
  }
  if (why.empty()) why = fmt::format("the other run has no {}", of.name);
  return std::nullopt;
}

Line begin_line(const Chosen& chosen, const MeasuredRun& run, const ComparisonOptions& options) {
  Line line;
  auto& compared = line.compared;
  compared.workload = chosen.workload;
  compared.target = chosen.target;
  const auto& kinds = run.measurements.kinds();
  if (chosen.kind < kinds.size()) {
    compared.metric = kinds[chosen.kind].name;
    compared.unit = kinds[chosen.kind].unit;
    return line;
  }
  const auto headline = options.headline.find(chosen.workload);
  compared.metric = headline == options.headline.end() ? "real_time" : headline->second;
  compared.why = "every trial failed";
  return line;
}

bool computes_differently(const MeasuredRun& run, const std::string& workload) {
  const auto& differing = run.head.summary.differing_checksums;
  return std::find(differing.begin(), differing.end(), workload) != differing.end();
}

/// A/A: the baseline's second arm over its first.
void add_noise(Line& line, const MeasuredRun& run, const std::string& workload,
               const MetricKind& kind) {
  const auto& kinds = run.measurements.kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const MetricKind& one) {
    return one.is_kind_of(kind.name, kind.unit, kind.better);
  });
  if (found == kinds.end()) return;
  const auto place = static_cast<std::size_t>(found - kinds.begin());
  const auto& baseline = run.head.header.baseline;
  auto sample = paired_sample(Place{run, workload, baseline, true}.values(place),
                              Place{run, workload, baseline, false}.values(place), kind.better);
  if (sample.usable()) line.noise.push_back(std::move(sample));
}

void estimate(Line& line, const ComparisonOptions& options) {
  auto& compared = line.compared;
  if (!compared.why.empty()) return;
  if (!line.sample.why.empty()) {
    compared.why = line.sample.why;
    return;
  }
  compared.ratio = line.sample.ratio(options.confidence);
  compared.p_value = line.sample.p_value();
  std::optional<double> floor;
  for (const auto& noise : line.noise) {
    const auto interval = noise.ratio(options.confidence).interval;
    if (interval) {
      floor = std::max({floor.value_or(0), std::abs(std::log(interval->low)),
                        std::abs(std::log(interval->high))});
    }
  }
  if (floor) compared.noise_floor = std::expm1(*floor);
  if (!compared.ratio->interval) return;
  const auto& interval = *compared.ratio->interval;
  // A difference is found with a power of 80 % where it is z(0.975) + z(0.8) standard errors large;
  // half the interval is z(0.975) of them.
  constexpr double kPower = (1.959964 + 0.841621) / 1.959964;
  const double half = (std::log(interval.high) - std::log(interval.low)) / 2;
  compared.smallest_seen = std::expm1(std::max(kPower * half, floor.value_or(0)));
}

std::string percent(double relative) { return fmt::format("{:.2g} %", relative * 100); }

void judge(Line& line, const ComparisonOptions& options) {
  auto& compared = line.compared;
  if (!compared.why.empty()) return;
  const auto& ratio = *compared.ratio;
  if (!ratio.interval) {
    compared.why = line.sample.too_few();
    return;
  }
  // Both one-sided tests at 5 % are the 90 % interval: Schuirmann (1987).
  const auto inner = *line.sample.ratio(1 - 2 * (1 - options.confidence)).interval;
  if (inner.low >= 1 / (1 + options.margin) && inner.high <= 1 + options.margin) {
    compared.verdict = Verdict::kEquivalent;
    return;
  }
  const double adjusted = options.gate ? compared.holm : compared.benjamini_hochberg;
  const bool in_noise =
      compared.noise_floor && std::abs(std::log(ratio.value)) <= std::log1p(*compared.noise_floor);
  if (adjusted <= 1 - options.confidence && !in_noise) {
    compared.verdict = ratio.value > 1 ? Verdict::kSlower : Verdict::kFaster;
    return;
  }
  const bool excludes_one = ratio.interval->low > 1 || ratio.interval->high < 1;
  if (!excludes_one) {
    compared.why = fmt::format("no difference found above {}", percent(*compared.smallest_seen));
  } else if (in_noise) {
    compared.why =
        fmt::format("within the run's own noise of {} (A/A)", percent(*compared.noise_floor));
  } else {
    compared.why =
        fmt::format("not beyond chance among so many cells (adjusted p = {:.2g})", adjusted);
  }
}

void finish(std::vector<Line>& lines, const ComparisonOptions& options) {
  on_all_cpus(
      lines.size(), [&](std::size_t i) { estimate(lines[i], options); }, 4);
  std::vector<std::size_t> tested;
  std::vector<double> p_values;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].compared.ratio) continue;
    tested.push_back(i);
    p_values.push_back(lines[i].compared.p_value);
  }
  const auto holm = holm_adjusted(p_values);
  const auto discovery = benjamini_hochberg_adjusted(p_values);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    lines[tested[i]].compared.holm = holm[i];
    lines[tested[i]].compared.benjamini_hochberg = discovery[i];
  }
  on_all_cpus(
      lines.size(), [&](std::size_t i) { judge(lines[i], options); }, 4);
}

/// "compute" of "compute/sha256/1MiB"; the whole name where there is no slash.
std::string group_of(const std::string& workload) { return workload.substr(0, workload.find('/')); }

/// The geometric mean over the cells of a group: in each block the mean of their logs, and of these
/// the same estimate as of a cell's. Blocks in which one is missing are left out.
std::vector<Line> group_lines(const std::vector<Line>& cells, bool by_metric) {
  std::map<std::array<std::string, 3>, std::vector<const Line*>> groups;
  std::map<std::string, std::set<std::string>> names;
  for (const auto& line : cells) {
    const auto& [workload, target, metric] =
        std::tie(line.compared.workload, line.compared.target, line.compared.metric);
    if (workload.empty() || !line.compared.ratio) continue;
    const auto of = by_metric ? metric : std::string();
    groups[{target, group_of(workload), of}].push_back(&line);
    groups[{target, "all", of}].push_back(&line);
    names[target].insert(group_of(workload));
  }
  std::vector<Line> lines;
  for (const auto& [key, members] : groups) {
    const bool same_as_its_only_group = key[1] == "all" && names[key[0]].size() < 2;
    if (members.size() < 2 || same_as_its_only_group) continue;
    Line line;
    line.compared.target = key[0];
    line.compared.workload = key[1];
    line.compared.metric = key[2];
    line.compared.cells = members.size();
    std::vector<const Sample*> samples;
    for (const auto* const member : members) {
      samples.push_back(&member->sample);
      line.compared.failed += member->compared.failed;
    }
    line.sample = mean_sample(samples);
    for (std::size_t run = 0; run < 2; ++run) {
      std::vector<const Sample*> noise;
      for (const auto* const member : members) {
        if (run < member->noise.size()) noise.push_back(&member->noise[run]);
      }
      if (noise.size() == members.size()) line.noise.push_back(mean_sample(noise));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Comparison assemble(std::vector<Line> cells, const ComparisonOptions& options) {
  Comparison comparison;
  comparison.options = options;
  finish(cells, options);
  auto groups = group_lines(cells, !options.metrics.empty());
  finish(groups, options);
  for (auto& line : cells) comparison.cells.push_back(std::move(line.compared));
  for (auto& line : groups) comparison.groups.push_back(std::move(line.compared));
  return comparison;
}

/// What a reader must know of one run before he believes it.
void warn_of(const MeasuredRun& run, const std::string& which, Comparison& comparison) {
  const auto& head = run.head;
  if (head.summary.failed > 0) {
    comparison.warnings.push_back(
        fmt::format("{}{} of {} trials failed", which, head.summary.failed, head.summary.trials));
  }
  if (!head.footers.empty() && head.footers.back().interrupted) {
    comparison.warnings.push_back(
        fmt::format("{}the run ended early: {}", which, head.footers.back().reason));
  }
  for (const auto& target : head.header.targets) {
    if (!is_emulated(target)) continue;
    comparison.warnings.push_back(
        fmt::format("{}{} ran under software emulation (tcg): it says nothing of virtual machines "
                    "on hardware",
                    which, target.name));
  }
}

/// With k cells, a corrected p-value of at most alpha needs 2 / 2^n <= alpha / k.
void warn_of_few_blocks(Comparison& comparison) {
  std::size_t most = 0;
  std::size_t tested = 0;
  for (const auto& cell : comparison.cells) {
    if (!cell.ratio || cell.workload.empty()) continue;
    most = std::max(most, cell.ratio->count);
    ++tested;
  }
  if (!comparison.paired || !comparison.options.gate || tested == 0) return;
  const double alpha = 1 - comparison.options.confidence;
  const auto needed =
      static_cast<std::size_t>(std::ceil(std::log2(2 * static_cast<double>(tested) / alpha)));
  if (most < needed) {
    comparison.warnings.push_back(
        fmt::format("{} blocks can't tell any of {} cells from chance with Holm's correction: at "
                    "least {} are needed",
                    most, tested, needed));
  }
}

/// Headline metrics of single workloads; what is counted over all of them is not in order of
/// blocks.
std::vector<CellOverBlocks> cells_over_blocks(const std::vector<Line>& lines,
                                              const MeasuredRun& run) {
  std::vector<CellOverBlocks> cells;
  for (const auto& line : lines) {
    const auto& compared = line.compared;
    if (compared.workload.empty() || !line.sample.usable()) continue;
    CellOverBlocks cell{fmt::format("{}@{}", compared.workload, compared.target), {}, {}};
    for (const auto& one : line.sample.first) cell.differences.push_back(one.value);
    const auto& kinds = run.measurements.kinds();
    const auto* const own = run.measurements.cell(compared.workload, compared.target);
    for (std::size_t kind = 0; own != nullptr && kind < kinds.size(); ++kind) {
      if (kinds[kind].name != compared.metric) continue;
      std::vector<Paired> values;
      own->append_to(values, kind);
      std::ranges::stable_sort(values, {}, &Paired::pair);
      for (const auto& value : values) {
        if (!(value.value > 0)) continue;
        const auto log = std::log(value.value);
        cell.costs.push_back(kinds[kind].better == Better::kLower ? log : -log);
      }
      break;
    }
    cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames{"slower", "faster", "equivalent", "undecided"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

MeasuredRun read_measurements(const std::filesystem::path& result,
                              std::vector<std::string> metrics) {
  if (!metrics.empty()) metrics.emplace_back(kDisturbedMetric);
  MeasuredRun run{{}, Measurements(std::move(metrics))};
  run.head = read_result(result, [&](const Trial& trial) { run.measurements.add(trial); });
  return run;
}

Comparison compare_targets(const MeasuredRun& run, const ComparisonOptions& options) {
  auto baseline = options.baseline.empty() ? run.head.header.baseline : options.baseline;
  const auto& measured = run.measurements;
  const auto& names = measured.targets();
  if (std::find(names.begin(), names.end(), baseline) == names.end()) {
    throw UsageError(fmt::format("compare with {}", baseline), "no trial of the run was on it",
                     suggest(baseline, names));
  }
  std::vector<Line> lines;
  for (const auto& chosen : choose(run, options, baseline)) {
    auto line = begin_line(chosen, run, options);
    const Place own{run, chosen.workload, chosen.target};
    const Place base{run, chosen.workload, baseline};
    line.compared.failed = own.failed() + base.failed();
    if (chosen.kind < measured.kinds().size()) {
      const auto& kind = measured.kinds()[chosen.kind];
      const auto values = own.values(chosen.kind);
      const auto reference = base.values(chosen.kind);
      line.compared.median = median_of(values);
      line.compared.reference = median_of(reference);
      line.sample = paired_sample(values, reference, kind.better);
      add_noise(line, run, chosen.workload, kind);
      if (computes_differently(run, chosen.workload)) {
        line.compared.why = "what it computed differs between trials: a ratio means nothing";
      }
    }
    lines.push_back(std::move(line));
  }
  const auto doubts = doubts_about(cells_over_blocks(lines, run));
  auto comparison = assemble(std::move(lines), options);
  comparison.baseline = std::move(baseline);
  warn_of(run, "", comparison);
  warn_of_few_blocks(comparison);
  comparison.warnings.insert(comparison.warnings.end(), doubts.begin(), doubts.end());
  if (auto disturbed = disturbed_trials(measured); !disturbed.empty()) {
    comparison.warnings.push_back(std::move(disturbed));
  }
  return comparison;
}

Comparison compare_runs(const MeasuredRun& first, const MeasuredRun& second,
                        const ComparisonOptions& options) {
  std::vector<Line> lines;
  std::size_t alone = 0;
  for (const auto& chosen : choose(second, options, "")) {
    const Place before{first, chosen.workload, chosen.target};
    const Place after{second, chosen.workload, chosen.target};
    if (!chosen.workload.empty() &&
        first.measurements.cell(chosen.workload, chosen.target) == nullptr) {
      ++alone;
      continue;
    }
    auto line = begin_line(chosen, second, options);
    auto& compared = line.compared;
    compared.failed = before.failed() + after.failed();
    if (compared.why.empty()) {
      const auto& kind = second.measurements.kinds()[chosen.kind];
      const auto values = after.values(chosen.kind);
      compared.median = median_of(values);
      if (const auto other = counterpart(first.measurements, kind, compared.why)) {
        auto reference = before.values(other->kind);
        for (auto& one : reference) one.value *= other->factor;
        compared.reference = median_of(reference);
        line.sample = unpaired_sample(values, reference, kind.better);
        add_noise(line, first, chosen.workload, first.measurements.kinds()[other->kind]);
        add_noise(line, second, chosen.workload, kind);
      }
      if (computes_differently(first, chosen.workload) ||
          computes_differently(second, chosen.workload)) {
        compared.why = "what it computed differs between trials: a ratio means nothing";
      }
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty()) {
    throw UsageError("compare two results", "they have no workload on the same target in common",
                     "compare runs of the same suite");
  }
  auto comparison = assemble(std::move(lines), options);
  comparison.paired = false;
  comparison.differences = differences_of(first.head.header, second.head.header);
  if (first.head.header.environment.environment_class !=
      second.head.header.environment.environment_class) {
    comparison.warnings.emplace_back(
        "the runs come from different environments: what differs below may be the cause");
  }
  if (alone > 0) {
    comparison.warnings.push_back(
        fmt::format("{} cells are in one of the runs only and are left out", alone));
  }
  warn_of(first, "first: ", comparison);
  warn_of(second, "second: ", comparison);
  return comparison;
}

}  // namespace strata::results
