#include "plots/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "plots/findings.h"
#include "plots/texts.h"
#include "results/capture.h"
#include "results/statistics.h"

namespace strata::plots {
namespace {

constexpr std::array<Paradigm, 4> kTold{Paradigm::kProcess, Paradigm::kContainer,
                                        Paradigm::kVirtualMachine, Paradigm::kFunction};

/// What stands for a paradigm: the first of its targets that ran on hardware and has a startup.
const Target* representative(const RunView& view, Paradigm paradigm) {
  const Target* emulated = nullptr;
  for (const auto& target : view.targets()) {
    if (paradigm_of(target.driver) != paradigm) continue;
    const auto* const startup = view.summary("", target.name, "startup");
    if (startup == nullptr || startup->location.count == 0) continue;
    if (!is_emulated(target)) return &target;
    if (emulated == nullptr) emulated = &target;
  }
  return emulated;
}

AnswerFigure figure_of(const std::string& label, const CellView& cell) {
  if (!cell.ratio) return {label, "?", finding_text(cell), 0};
  const auto text = text_of(cell);
  return {label, text.number, text.certain, heat_of(cell)};
}

/// Why nothing stands for a paradigm.
std::string why_missing(const RunView& view, Paradigm paradigm) {
  constexpr std::array<std::pair<Paradigm, std::string_view>, 5> kPrefixes{
      {{Paradigm::kProcess, "process"},
       {Paradigm::kContainer, "docker"},
       {Paradigm::kContainer, "oci"},
       {Paradigm::kVirtualMachine, "kvm"},
       {Paradigm::kFunction, "faas"}}};
  for (const auto& [name, failure] : view.header().unavailable_targets) {
    for (const auto& [its, prefix] : kPrefixes) {
      if (its == paradigm && name.starts_with(prefix)) {
        return fmt::format("Could not run here. {}: {}", name, to_string(failure));
      }
    }
  }
  for (const auto& target : view.targets()) {
    if (paradigm_of(target.driver) == paradigm) {
      return fmt::format("No start of {} succeeded; its errors are below.", target.name);
    }
  }
  return fmt::format("Not part of this run (suite {}).", view.header().suite);
}

AnswerLine line_of(const RunView& view, Paradigm paradigm, const std::vector<std::string>& groups) {
  AnswerLine line;
  line.paradigm = paradigm;
  line.target = representative(view, paradigm);
  if (line.target == nullptr) {
    line.note = why_missing(view, paradigm);
    return line;
  }
  const auto& name = line.target->name;
  const auto& startup = view.summary("", name, "startup")->location;
  line.startup = quantity_text(startup.value, "ns");
  if (startup.interval) line.startup_bounds = bounds_text(*startup.interval, startup.value, "ns");
  if (name != view.header().baseline) {
    line.times = figure_of("starting", view.cell(view.rows().front(), name));
    for (const auto& group : groups) {
      const auto cell = view.group_cell(group, name);
      if (cell.finding != Finding::kAbsent) {
        line.figures.push_back(figure_of(group_title(group), cell));
      }
    }
  }
  if (is_emulated(*line.target)) {
    line.note =
        "Software emulation (TCG), since no hardware virtualization works here: these figures say "
        "nothing about virtual machines on hardware.";
  }
  for (const auto& target : view.targets()) {
    if (&target == line.target || paradigm_of(target.driver) != paradigm) continue;
    const auto* const other = view.summary("", target.name, "startup");
    if (other == nullptr || other->location.count == 0) continue;
    line.others.push_back(fmt::format("{} starts in {}{}", target.name,
                                      located_text(other->location, "ns"),
                                      is_emulated(target) ? " (emulated, TCG)" : ""));
  }
  return line;
}

}  // namespace

std::string group_title(const std::string& group) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kTitles{
      {{"startup", "starting"},
       {"compute", "computing"},
       {"memory", "memory"},
       {"os", "system calls"},
       {"disk", "disk"},
       {"net", "network"}}};
  for (const auto& [name, title] : kTitles) {
    if (name == group) return std::string(title);
  }
  return group;
}

std::vector<std::string> told_groups(const RunView& view) {
  std::vector<std::string> groups;
  for (const auto& row : view.rows()) {
    if (!row.workload.empty() && !row.experiment &&
        std::find(groups.begin(), groups.end(), row.group) == groups.end()) {
      groups.push_back(row.group);
    }
  }
  return groups;
}

std::vector<AnswerLine> answer_of(const RunView& view) {
  const auto groups = told_groups(view);
  std::vector<AnswerLine> lines;
  for (const auto paradigm : kTold) lines.push_back(line_of(view, paradigm, groups));
  return lines;
}

std::vector<std::string> certainty_of(const RunView& view) {
  std::vector<std::string> sentences;
  std::size_t blocks = 0;
  std::vector<double> floors;
  for (const auto& row : view.rows()) {
    if (row.workload.empty()) continue;
    for (const auto& target : view.targets()) {
      const auto cell = view.cell(row, target.name);
      if (cell.ratio) blocks = std::max(blocks, cell.ratio->count);
      if (cell.noise_floor) {
        floors.push_back(*cell.noise_floor);
        break;
      }
    }
  }
  if (blocks > 0) {
    sentences.push_back(
        fmt::format("Brackets are 95 % intervals, from up to {} blocks: in each, every target ran "
                    "once, fresh, in "
                    "random order, and is compared with the process of the same block.",
                    blocks));
  } else {
    sentences.emplace_back(
        "Too few blocks for intervals (six are the least): the figures are medians, and nothing is "
        "said of differences.");
  }
  if (!floors.empty()) {
    sentences.push_back(
        fmt::format("Noise: the process measured against itself differed by up to {} (median over "
                    "workloads; {} at "
                    "worst). A difference within its workload's noise is not called one: ≈.",
                    percent_text(results::median(floors)),
                    percent_text(*std::max_element(floors.begin(), floors.end()))));
  }
  const auto& summary = view.head().summary;
  if (summary.failed > 0) {
    sentences.push_back(fmt::format("{} of {} trials failed; their errors are below.",
                                    summary.failed, summary.trials));
  }
  if (!view.head().footers.empty() && view.head().footers.back().interrupted) {
    sentences.push_back(fmt::format("The run ended early: {}.", view.head().footers.back().reason));
  }
  const auto disturbances = results::find_disturbances(view.header().environment);
  const auto warnings = std::count_if(
      disturbances.begin(), disturbances.end(),
      [](const Disturbance& one) { return one.severity == Disturbance::Severity::kWarning; });
  if (warnings > 0) {
    sentences.push_back(
        fmt::format("{} of this machine disturb{} measurements; see Method.",
                    warnings == 1 ? "One setting" : fmt::format("{} settings", warnings),
                    warnings == 1 ? "s" : ""));
  }
  return sentences;
}

}  // namespace strata::plots
