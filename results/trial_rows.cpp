#include "results/trial_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "results/run_json.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

/// workload, target, control, block, order, program, checksum, failure.
constexpr std::size_t kFixed = 8;
/// The stamps after `requested`, and the round trip.
constexpr std::size_t kStamps = kStampCount;
constexpr std::size_t kMetricsBegin = kFixed + kStamps;

[[noreturn]] void fail(const std::string& said) { throw Error("read a trial of the result", said); }

void append_optional(std::string& out, std::optional<std::int64_t> value) {
  if (value) {
    fmt::format_to(std::back_inserter(out), ",{}", *value);
  } else {
    out += ",null";
  }
}

std::uint32_t whole(double value, const char* what) {
  if (!(value >= 0) || value > UINT32_MAX || value != std::floor(value)) {
    fail(fmt::format("its {} is no whole number", what));
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::size_t TrialRows::Table::place_of(const std::string& text) {
  const auto found = places_.find(text);
  if (found != places_.end()) return found->second;
  texts.push_back(text);
  return places_[text] = texts.size() - 1;
}

const std::string& TrialRows::Table::at(double place, const char* what) const {
  const auto index = whole(place, what);
  if (index >= texts.size()) fail(fmt::format("its {} is in no table", what));
  return texts[index];
}

void TrialRows::append_row(const Trial& trial, std::string& out) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "[{},{},{},{},{},{}", workloads_.place_of(trial.workload),
                 targets_.place_of(trial.target), trial.control ? 1 : 0, trial.block, trial.order,
                 programs_.place_of(trial.program_digest));
  if (trial.checksum) {
    fmt::format_to(to, ",{}", checksums_.place_of(*trial.checksum));
  } else {
    out += ",null";
  }
  if (trial.failure) {
    failures_.push_back(*trial.failure);
    fmt::format_to(to, ",{}", failures_.size() - 1);
  } else {
    out += ",null";
  }
  for (std::size_t i = 1; i < kStampCount; ++i) {
    const auto since = trial.stamps.between(Stamp::kRequested, static_cast<Stamp>(i));
    append_optional(out, since ? std::optional(since->count()) : std::nullopt);
  }
  const auto& round_trip = trial.stamps.signal_round_trip;
  append_optional(out, round_trip ? std::optional(round_trip->count()) : std::nullopt);
  for (const auto& metric : trial.metrics) {
    if (!std::isfinite(metric.value)) continue;
    const auto [place, is_new] = metric_places_.try_emplace(
        std::tuple(metric.name, metric.unit, metric.better), metrics_.size());
    if (is_new) metrics_.push_back({metric.name, metric.unit, metric.better});
    fmt::format_to(to, ",{},{}", place->second, metric.value);
  }
  out += ']';
}

Trial TrialRows::trial_of(std::span<const double> row) const {
  if (row.size() < kMetricsBegin || (row.size() - kMetricsBegin) % 2 != 0) {
    fail(fmt::format("it has {} numbers", row.size()));
  }
  Trial trial;
  trial.workload = workloads_.at(row[0], "workload");
  trial.target = targets_.at(row[1], "target");
  trial.control = row[2] != 0;
  trial.block = whole(row[3], "block");
  trial.order = whole(row[4], "order");
  trial.program_digest = programs_.at(row[5], "program");
  if (!std::isnan(row[6])) trial.checksum = checksums_.at(row[6], "checksum");
  if (!std::isnan(row[7])) {
    const auto place = whole(row[7], "failure");
    if (place >= failures_.size()) fail("its failure is in no table");
    trial.failure = failures_[place];
  }
  bool any = false;
  for (std::size_t i = 1; i < kStampCount; ++i) {
    const double since = row[kFixed + i - 1];
    if (std::isnan(since)) continue;
    trial.stamps.set(static_cast<Stamp>(i), TimePoint(Duration(std::llround(since))));
    any = true;
  }
  if (any) trial.stamps.set(Stamp::kRequested, TimePoint());
  const double round_trip = row[kFixed + kStampCount - 1];
  if (!std::isnan(round_trip)) trial.stamps.signal_round_trip = Duration(std::llround(round_trip));
  trial.metrics.reserve((row.size() - kMetricsBegin) / 2);
  for (std::size_t i = kMetricsBegin; i < row.size(); i += 2) {
    const auto place = whole(row[i], "metric");
    if (place >= metrics_.size()) fail("a metric is in no table");
    if (!std::isfinite(row[i + 1])) fail("a metric has no value");
    trial.metrics.push_back(
        {metrics_[place].name, row[i + 1], metrics_[place].unit, metrics_[place].better});
  }
  return trial;
}

Json TrialRows::tables() const {
  Json json{{"workloads", workloads_.texts}, {"targets", targets_.texts},
            {"programs", programs_.texts},   {"checksums", checksums_.texts},
            {"failures", failures_},         {"metrics", Json::array()}};
  for (const auto& metric : metrics_) {
    json["metrics"].push_back({{"name", metric.name},
                               {"unit", metric.unit},
                               {"better", metric.better == Better::kHigher ? "higher" : "lower"}});
  }
  return json;
}

void TrialRows::set_tables(const Json& json) {
  json.at("workloads").get_to(workloads_.texts);
  json.at("targets").get_to(targets_.texts);
  json.at("programs").get_to(programs_.texts);
  json.at("checksums").get_to(checksums_.texts);
  json.at("failures").get_to(failures_);
  for (const auto& metric : json.at("metrics")) {
    metrics_.push_back({metric.at("name").get<std::string>(), metric.at("unit").get<std::string>(),
                        metric.at("better") == "higher" ? Better::kHigher : Better::kLower});
  }
}

}  // namespace strata::results
