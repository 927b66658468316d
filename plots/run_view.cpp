#include "plots/run_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "results/result_file.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

using results::CellSummary;
using results::Compared;
using results::Verdict;
using Json = nlohmann::json;

/// A definition is this program's own, but the file it stands in is outside data: what is not as
/// expected is passed over.
Json definition_of(const results::RunHeader& header) {
  auto json = Json::parse(header.definition, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& array_at(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : kNone;
}

bool is_command(const Json& definition, const Json& workload) {
  const auto& programs = array_at(definition, "programs");
  const auto place = workload.find("program");
  if (place == workload.end() || !place->is_number_unsigned()) return false;
  const auto index = place->get<std::size_t>();
  return index < programs.size() && programs[index].is_object() &&
         text_at(programs[index], "kind") == "command";
}

bool excludes_one(const results::Interval& interval) {
  return interval.low > 1 || interval.high < 1;
}

Finding finding_of(const Compared& compared) {
  switch (compared.verdict) {
    case Verdict::kSlower:
      return Finding::kSlower;
    case Verdict::kFaster:
      return Finding::kFaster;
    case Verdict::kEquivalent:
      return Finding::kEquivalent;
    default:
      if (!compared.ratio || !compared.ratio->interval) return Finding::kNoInterval;
      return excludes_one(*compared.ratio->interval) ? Finding::kUnsure : Finding::kNothing;
  }
}

double farthest(const results::Interval& interval) {
  return std::max(std::abs(std::log(interval.low)), std::abs(std::log(interval.high)));
}

/// For metrics beside the headline ones, which no comparison has judged: found is what excludes 1
/// and lies beyond the A/A noise.
Finding finding_of(const results::Estimate& ratio, std::optional<double> noise_floor) {
  const bool in_noise = noise_floor && std::abs(std::log(ratio.value)) <= std::log1p(*noise_floor);
  if (!excludes_one(*ratio.interval)) return Finding::kNothing;
  if (in_noise) return Finding::kUnsure;
  return ratio.value > 1 ? Finding::kSlower : Finding::kFaster;
}

void say_what_is_hidden(CellView& cell) {
  if (cell.finding != Finding::kNothing && cell.finding != Finding::kEquivalent) return;
  cell.hidden_below = std::expm1(
      std::max(farthest(*cell.ratio->interval), std::log1p(cell.noise_floor.value_or(0))));
}

}  // namespace

std::string group_of(const std::string& workload) { return workload.substr(0, workload.find('/')); }

std::map<std::string, std::string> headlines_of(const results::RunHeader& header) {
  std::map<std::string, std::string> headlines;
  const auto definition = definition_of(header);
  for (const auto& workload : array_at(definition, "workloads")) {
    if (!workload.is_object()) continue;
    const auto metric = text_at(workload, "metric");
    headlines[text_at(workload, "name")] = metric.empty() ? "real_time" : metric;
  }
  return headlines;
}

RunView::RunView(std::filesystem::path file, results::MeasuredRun run,
                 std::vector<FailedTrials> failed)
    : file_(std::move(file)), run_(std::move(run)), failed_(std::move(failed)) {
  results::ComparisonOptions options;
  options.headline = headlines_of(header());
  try {
    comparison_ = results::compare_targets(run_, options);
  } catch (const UsageError& error) {  // nothing ran on the baseline: medians are all there is
    comparison_.warnings.emplace_back(error.what());
  }
  for (const auto& cell : run_.head.summary.cells) {
    cells_[{cell.workload, cell.target, cell.metric, cell.control}] = &cell;
  }
  for (const auto& one : comparison_.cells) {
    compared_[{one.workload, one.target, one.metric}] = &one;
  }
  make_rows();
}

RunView RunView::load(const std::filesystem::path& result) {
  auto file = results::result_file(result);
  results::MeasuredRun run;
  std::map<std::pair<std::string, std::string>, FailedTrials> failed;
  run.head = results::read_result(file, [&](const Trial& trial) {
    run.measurements.add(trial);
    if (!trial.failure) return;
    auto& one = failed[{trial.workload, trial.target}];
    if (one.count++ == 0) {
      one.workload = trial.workload;
      one.target = trial.target;
      one.first = *trial.failure;
    }
  });
  std::vector<FailedTrials> list;
  for (auto& [cell, one] : failed) list.push_back(std::move(one));
  return {std::move(file), std::move(run), std::move(list)};
}

void RunView::make_rows() {
  rows_.push_back({"startup", "", "startup", "startup", false});
  const auto definition = definition_of(header());
  const auto headlines = headlines_of(header());
  std::set<std::string> known;
  const auto add = [&](const std::string& workload, const Json& entry) {
    if (!known.insert(workload).second) return;
    const auto found = headlines.find(workload);
    const auto metric = found == headlines.end() ? "real_time" : found->second;
    rows_.push_back(
        {group_of(workload), workload, metric, workload, !text_at(entry, "experiment").empty()});
    if (!is_command(definition, entry)) return;
    constexpr std::array<std::pair<const char*, const char*>, 3> kFurther{
        {{"user_time", "user time"},
         {"system_time", "system time"},
         {"peak_memory", "peak memory"}}};
    for (const auto& [further, label] : kFurther) {
      rows_.push_back({group_of(workload), workload, further, workload + ", " + label, false});
    }
  };
  for (const auto& workload : array_at(definition, "workloads")) {
    if (workload.is_object()) add(text_at(workload, "name"), workload);
  }
  for (const auto& workload : run_.measurements.workloads()) add(workload, Json::object());
  // Groups together: ours in the order in which they are told, then others as they come.
  std::map<std::string, std::size_t> place;
  for (const auto* const group : {"startup", "compute", "memory", "os", "disk", "net"}) {
    place.emplace(group, place.size());
  }
  for (const auto& row : rows_) place.emplace(row.group, place.size());
  std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) {
    return place.at(a.group) < place.at(b.group);
  });
}

const CellSummary* RunView::summary(const std::string& workload, const std::string& target,
                                    const std::string& metric, bool control) const {
  const auto found = cells_.find({workload, target, metric, control});
  return found == cells_.end() ? nullptr : found->second;
}

CellView RunView::cell(const Row& row, const std::string& target) const {
  CellView view;
  view.summary = summary(row.workload, target, row.metric);
  const auto found = compared_.find({row.workload, target, row.metric});
  if (found != compared_.end()) view.compared = found->second;
  const auto* const measured = run_.measurements.cell(row.workload, target);
  if (view.summary == nullptr || view.summary->location.count == 0) {
    const bool failed = view.summary != nullptr ? view.summary->failed > 0
                                                : measured != nullptr && measured->failed() > 0;
    view.finding = failed ? Finding::kFailed : Finding::kAbsent;
    return view;
  }
  if (target == header().baseline) {
    view.finding = Finding::kBaseline;
    return view;
  }
  if (view.compared != nullptr) {
    if (view.compared->ratio && view.compared->ratio->interval) view.ratio = view.compared->ratio;
    view.noise_floor = view.compared->noise_floor;
    view.finding = finding_of(*view.compared);
  } else {
    const auto* const control = summary(row.workload, header().baseline, row.metric, true);
    if (control != nullptr && control->overhead && control->overhead->interval) {
      view.noise_floor = std::expm1(farthest(*control->overhead->interval));
    }
    view.finding = Finding::kNoInterval;
    if (view.summary->overhead && view.summary->overhead->interval) {
      view.ratio = view.summary->overhead;
      view.finding = finding_of(*view.ratio, view.noise_floor);
    }
  }
  say_what_is_hidden(view);
  return view;
}

CellView RunView::group_cell(const std::string& group, const std::string& target) const {
  CellView view;
  view.compared = this->group(group, target);
  if (view.compared == nullptr) return view;
  if (view.compared->ratio && view.compared->ratio->interval) view.ratio = view.compared->ratio;
  view.noise_floor = view.compared->noise_floor;
  view.finding = finding_of(*view.compared);
  say_what_is_hidden(view);
  return view;
}

const Compared* RunView::group(const std::string& group, const std::string& target) const {
  for (const auto& one : comparison_.groups) {
    if (one.workload == group && one.target == target) return &one;
  }
  const Compared* only = nullptr;  // a group of one workload has no line of its own
  for (const auto& one : comparison_.cells) {
    if (one.workload.empty() || one.target != target || group_of(one.workload) != group) continue;
    if (only != nullptr) return nullptr;
    only = &one;
  }
  return only;
}

bool RunView::tells_something(const Row& row) const {
  return std::any_of(targets().begin(), targets().end(), [&](const Target& target) {
    const auto finding = cell(row, target.name).finding;
    return finding == Finding::kSlower || finding == Finding::kFaster ||
           finding == Finding::kUnsure || finding == Finding::kFailed;
  });
}

namespace {

/// The places of all metrics of a name: one, unless units differ between trials.
std::vector<std::size_t> kinds_called(const results::Measurements& measured,
                                      const std::string& metric) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < measured.kinds().size(); ++i) {
    if (measured.kinds()[i].name == metric) places.push_back(i);
  }
  return places;
}

std::vector<results::Paired> paired_values(const results::Measurements& measured,
                                           const std::string& workload, const std::string& target,
                                           const std::string& metric) {
  std::vector<results::Paired> list;
  for (const auto kind : kinds_called(measured, metric)) {
    if (workload.empty()) {
      const auto all = measured.over_all_workloads(target, false, kind);
      list.insert(list.end(), all.begin(), all.end());
    } else if (const auto* const cell = measured.cell(workload, target)) {
      cell->append_to(list, kind);
    }
  }
  return list;
}

}  // namespace

results::Matched RunView::pairs(const Row& row, const std::string& target,
                                const std::string& other) const {
  const auto& measured = run_.measurements;
  return results::match(paired_values(measured, row.workload, target, row.metric),
                        paired_values(measured, row.workload, other, row.metric));
}

std::vector<double> RunView::values(const std::string& workload, const std::string& target,
                                    const std::string& metric) const {
  std::vector<double> values;
  for (const auto& one : paired_values(run_.measurements, workload, target, metric)) {
    values.push_back(one.value);
  }
  return values;
}

}  // namespace strata::plots
