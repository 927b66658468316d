#include "results/history/night.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "results/capture.h"
#include "results/units.h"
#include "results/vocabulary/disturbance_metrics.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;
using Facts = std::map<std::string, std::string>;

std::string digest_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::size_t kShown = 8;
  std::string hex;
  for (std::size_t i = 0; i < kShown; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string digest_of(const Facts& facts) {
  std::string text;
  for (const auto& [name, value] : facts) text += fmt::format("{}={}\n", name, value);
  return digest_of(text);
}

void add_facts(Facts& facts, const std::string& beginning, const RunHeader& header,
               const std::string& name) {
  for (const auto& target : header.targets) {
    if (target.name != name) continue;
    facts[beginning + "driver"] = target.driver;
    for (const auto& [key, value] : target.options) facts[beginning + "option." + key] = value;
    for (const auto& [key, value] : target.facts) facts[beginning + key] = value;
  }
}

class NightMaker {
 public:
  NightMaker(const MeasuredRun& run, const std::map<std::string, std::string>& headline)
      : run_(run), header_(run.head.header) {
    options_.headline = headline;
  }

  Night make() {
    const auto seconds = seconds_of_utc(header_.started_utc);
    if (!seconds) {
      throw UsageError(fmt::format("add run {} to a history", header_.run_id),
                       fmt::format("\"{}\" is no time", header_.started_utc));
    }
    night_.run = {0,
                  header_.run_id,
                  header_.started_utc,
                  *seconds,
                  header_.suite,
                  header_.strata_version,
                  header_.environment.environment_class,
                  {}};
    for (const auto& differing : run_.head.summary.differing_checksums) {
      night_.warnings.push_back(
          fmt::format("{} is left out: what it computed differs between trials", differing));
    }
    add_baseline();
    bool others = false;
    for (const auto& target : header_.targets) others = others || target.name != header_.baseline;
    if (others) add_ratios();
    if (night_.points.empty()) {
      throw UsageError(fmt::format("add run {} to a history", header_.run_id),
                       "no cell has a usable value",
                       night_.warnings.empty() ? "" : night_.warnings.front());
    }
    return std::move(night_);
  }

 private:
  const std::string& environment_of(const std::string& target) {
    auto& known = environments_[target];
    if (!known.empty()) return known;
    Facts facts;
    for (const auto& [name, value] : header_.environment.facts) {
      if (belongs_to_class(name)) facts["host." + name] = value;
    }
    add_facts(facts, "target.", header_, target);
    if (target != header_.baseline) add_facts(facts, "baseline.", header_, header_.baseline);
    known = digest_of(facts);
    night_.environments.emplace(known, std::move(facts));
    return known;
  }

  [[nodiscard]] bool differs(const std::string& workload) const {
    const auto& differing = run_.head.summary.differing_checksums;
    return std::find(differing.begin(), differing.end(), workload) != differing.end();
  }

  /// More than half of the cell's trials are marked.
  [[nodiscard]] bool is_disturbed(const std::string& workload, const std::string& target) const {
    const auto& kinds = run_.measurements.kinds();
    std::size_t marked = 0;
    std::size_t trials = 0;
    for (const auto& [key, cell] : run_.measurements.cells()) {
      const auto& [its_workload, its_target, control] = key;
      if (control || run_.measurements.targets()[its_target] != target) continue;
      if (!workload.empty() && run_.measurements.workloads()[its_workload] != workload) continue;
      trials += cell.trials();
      for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        if (kinds[kind].name != kDisturbedMetric) continue;
        std::vector<Paired> values;
        cell.append_to(values, kind);
        for (const auto& value : values) marked += value.value > 0 ? 1 : 0;
      }
    }
    return marked * 2 > trials;
  }

  void add_point(SeriesInfo info, SeriesPoint point) {
    info.baseline = header_.baseline;
    info.environment = environment_of(info.target);
    point.disturbed = is_disturbed(info.workload, info.target);
    night_.points.push_back({std::move(info), point});
  }

  void add_ratios() {
    const auto comparison = compare_targets(run_, options_);
    for (const auto& cell : comparison.cells) {
      if (differs(cell.workload)) continue;
      if (!cell.ratio || !std::isfinite(cell.ratio->value) || !(cell.ratio->value > 0)) {
        night_.warnings.push_back(fmt::format("{}@{} is left out: {}",
                                              cell.workload.empty() ? cell.metric : cell.workload,
                                              cell.target, cell.why));
        continue;
      }
      SeriesInfo info;
      info.workload = cell.workload;
      info.target = cell.target;
      info.metric = cell.metric;
      info.unit = cell.unit;
      info.kind = SeriesInfo::Kind::kRatio;
      SeriesPoint point;
      point.value = cell.ratio->value;
      point.interval = cell.ratio->interval;
      point.median = cell.median;
      point.trials = static_cast<std::uint32_t>(cell.ratio->count);
      point.failed = static_cast<std::uint32_t>(cell.failed);
      point.noise_floor = cell.noise_floor;
      add_point(std::move(info), point);
    }
  }

  void add_baseline() {
    for (const auto& cell : run_.head.summary.cells) {
      if (cell.control || cell.target != header_.baseline || differs(cell.workload)) continue;
      const auto named = options_.headline.find(cell.workload);
      const auto& wanted = cell.workload.empty()              ? std::string("startup")
                           : named == options_.headline.end() ? std::string("real_time")
                                                              : named->second;
      if (cell.metric != wanted || cell.location.count == 0) continue;
      if (!std::isfinite(cell.location.value) || !(cell.location.value > 0)) {
        night_.warnings.push_back(fmt::format("{}@{} is left out: a value that is zero or negative",
                                              cell.workload.empty() ? cell.metric : cell.workload,
                                              cell.target));
        continue;
      }
      SeriesInfo info;
      info.workload = cell.workload;
      info.target = cell.target;
      info.metric = cell.metric;
      info.unit = cell.unit;
      info.better = cell.better;
      info.kind = SeriesInfo::Kind::kAbsolute;
      SeriesPoint point;
      point.value = cell.location.value;
      point.interval = cell.location.interval;
      point.median = cell.location.value;
      point.trials = static_cast<std::uint32_t>(cell.location.count);
      point.failed = static_cast<std::uint32_t>(cell.failed);
      add_point(std::move(info), point);
    }
  }

  const MeasuredRun& run_;
  const RunHeader& header_;
  ComparisonOptions options_;
  Night night_;
  std::map<std::string, std::string> environments_;  ///< by target
};

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Night night_of(const MeasuredRun& run, const std::map<std::string, std::string>& headline) {
  return NightMaker(run, headline).make();
}

Night night_of_google_benchmark(const std::filesystem::path& file, const std::string& target) {
  const auto refuse = [&](const std::string& said) {
    throw UsageError(fmt::format("import {}", file.string()), said,
                     "give what a Google Benchmark program wrote with --benchmark_out");
  };
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream || !content) refuse("the file can't be read");
  const auto text = content.str();
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("benchmarks") || !json["benchmarks"].is_array() ||
      !json.contains("context") || !json["context"].is_object()) {
    refuse("it is no JSON with \"context\" and \"benchmarks\"");
  }
  const auto& context = json["context"];
  Night night;
  const auto seconds = seconds_of_utc(text_in(context, "date"));
  if (!seconds) refuse("its context has no \"date\"");
  Facts facts;
  for (const char* const key : {"host_name", "num_cpus", "library_build_type"}) {
    if (context.contains(key)) facts[std::string("host.") + key] = context[key].dump();
  }
  const auto environment = digest_of(facts);
  night.environments.emplace(environment, facts);
  night.run = {
      0, digest_of(text), utc_of_seconds(*seconds), *seconds, "googlebench", {}, environment, {}};
  std::map<std::string, std::vector<double>> values;
  for (const auto& entry : json["benchmarks"]) {
    if (!entry.is_object() || text_in(entry, "run_type") == "aggregate" ||
        entry.value("error_occurred", Json(false)) == Json(true)) {
      continue;
    }
    auto name = text_in(entry, "run_name");
    if (name.empty()) name = text_in(entry, "name");
    const auto factor = conversion(text_in(entry, "time_unit"), "ns");
    const auto time = entry.find("real_time");
    if (name.empty() || !factor || time == entry.end() || !time->is_number()) {
      night.warnings.push_back(fmt::format("\"{}\" is left out: no time in a known unit", name));
      continue;
    }
    const auto value = time->get<double>() * *factor;
    if (!std::isfinite(value) || !(value > 0)) {
      night.warnings.push_back(fmt::format("\"{}\" is left out: its time is {}", name, value));
      continue;
    }
    values[name].push_back(value);
  }
  if (values.empty()) refuse("no benchmark in it has a usable time");
  for (const auto& [name, times] : values) {
    SeriesInfo info;
    info.workload = name;
    info.target = target;
    info.metric = "real_time";
    info.unit = "ns";
    info.environment = environment;
    info.kind = SeriesInfo::Kind::kAbsolute;
    const auto estimate = median_with_interval(times);
    SeriesPoint point;
    point.value = estimate.value;
    point.interval = estimate.interval;
    point.median = estimate.value;
    point.trials = static_cast<std::uint32_t>(estimate.count);
    night.points.push_back({std::move(info), point});
  }
  return night;
}

std::optional<std::int64_t> seconds_of_utc(const std::string& text) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &read) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return std::nullopt;
  }
  std::int64_t offset = 0;
  const auto zone = text.substr(static_cast<std::size_t>(read));
  if (zone != "Z" && !zone.empty()) {
    int hours = 0;
    int minutes = 0;
    char sign = 0;
    if (std::sscanf(zone.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
        (sign != '+' && sign != '-')) {
      return std::nullopt;
    }
    offset = (sign == '-' ? -1 : 1) * (kHour * hours + kMinute * minutes);
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return kDay * days + kHour * hour + kMinute * minute + second - offset;
}

std::string utc_of_seconds(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace strata::results
