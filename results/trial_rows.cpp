#include "results/trial_rows.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "results/json_text.h"
#include "results/run_json.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// workload, target, control, block, order, program, checksum, failure.
constexpr std::size_t kFixed = 8;
/// The stamps after `requested`, and the round trip.
constexpr std::size_t kStamps = kStampCount;
constexpr std::size_t kMetricsBegin = kFixed + kStamps;

[[noreturn]] void fail(const std::string& said) { throw Error("read a trial of the result", said); }

void append_place(std::string& out, std::size_t place) {
  out += ',';
  append_number(out, std::uint64_t{place});
}

void append_duration(std::string& out, std::optional<Duration> duration) {
  if (duration) {
    out += ',';
    append_number(out, std::int64_t{duration->count()});
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

template <typename Value>
const Value& entry(const std::vector<Value>& table, double place, const char* what) {
  const auto index = whole(place, what);
  if (index >= table.size())
    fail(fmt::format("its {} is number {} of {}", what, index, table.size()));
  return table[index];
}

/// Absent if NaN.
std::optional<Duration> duration(double nanoseconds) {
  if (std::isnan(nanoseconds)) return std::nullopt;
  constexpr double kExact = 0x1p53;  // 104 days
  if (!(std::abs(nanoseconds) <= kExact)) fail("a stamp is out of range");
  return Duration(std::llround(nanoseconds));
}

/// A flat JSON array of numbers and nulls; null becomes NaN.
void read_numbers(std::string_view row, std::vector<double>& numbers) {
  const char* at = row.data();
  const char* const end = at + row.size();
  const auto skip_space = [&] {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
  };
  const auto take = [&](std::string_view text) {
    if (!std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(text)) return false;
    at += text.size();
    return true;
  };
  const auto damaged = [&]() {
    fail(fmt::format("it is no list of numbers, from its byte {} on", at - row.data()));
  };
  numbers.clear();
  skip_space();
  if (!take("[")) damaged();
  do {
    skip_space();
    if (take("null")) {
      numbers.push_back(kNone);
    } else {
      // from_chars would take "inf" and "nan", which are no JSON.
      const char* const digit = at < end && *at == '-' ? at + 1 : at;
      if (digit >= end || *digit < '0' || *digit > '9') damaged();
      double value = 0;
      const auto [rest, error] = std::from_chars(at, end, value);
      if (error != std::errc()) damaged();
      at = rest;
      numbers.push_back(value);
    }
    skip_space();
  } while (take(","));
  if (!take("]")) damaged();
}

Json to_json_value(const MetricKind& kind) {
  return {{"name", kind.name}, {"unit", kind.unit}, {"better", text_of(kind.better)}};
}

}  // namespace

std::size_t TrialRowWriter::place_of(const Failure& failure) {
  const auto key = failure.tried + '\0' + failure.said + '\0' + failure.do_next;
  const auto [found, is_new] = failure_places_.try_emplace(key, failures_.size());
  if (is_new) failures_.push_back(failure);
  return found->second;
}

void TrialRowWriter::append_row(const Trial& trial, std::string& out) {
  out += '[';
  append_number(out, std::uint64_t{workloads_.place_of(trial.workload)});
  append_place(out, targets_.place_of(trial.target));
  append_place(out, trial.control ? 1 : 0);
  append_place(out, trial.block);
  append_place(out, trial.order);
  append_place(out, programs_.place_of(trial.program_digest));
  if (trial.checksum) {
    append_place(out, checksums_.place_of(*trial.checksum));
  } else {
    out += ",null";
  }
  if (trial.failure) {
    append_place(out, place_of(*trial.failure));
  } else {
    out += ",null";
  }
  for (std::size_t i = 1; i < kStampCount; ++i) {
    append_duration(out, trial.stamps.between(Stamp::kRequested, static_cast<Stamp>(i)));
  }
  append_duration(out, trial.stamps.signal_round_trip);
  for (const auto& metric : trial.metrics) {
    if (!std::isfinite(metric.value)) continue;  // absent, never a number that is none
    append_place(out, metrics_.place_of(metric.name, metric.unit, metric.better));
    out += ',';
    append_number(out, metric.value);
  }
  out += ']';
}

Json TrialRowWriter::tables() const {
  Json json{{"workloads", workloads_.texts()}, {"targets", targets_.texts()},
            {"programs", programs_.texts()},   {"checksums", checksums_.texts()},
            {"failures", failures_},           {"metrics", Json::array()}};
  for (const auto& kind : metrics_.kinds()) json["metrics"].push_back(to_json_value(kind));
  return json;
}

TrialRowReader::TrialRowReader(const Json& tables) {
  tables.at("workloads").get_to(workloads_);
  tables.at("targets").get_to(targets_);
  tables.at("programs").get_to(programs_);
  tables.at("checksums").get_to(checksums_);
  tables.at("failures").get_to(failures_);
  for (const auto& kind : tables.at("metrics")) {
    metrics_.push_back({kind.at("name").get<std::string>(), kind.at("unit").get<std::string>(),
                        better_from(kind.at("better"))});
  }
}

const Trial& TrialRowReader::read(std::string_view row) {
  read_numbers(row, numbers_);
  const auto& numbers = numbers_;
  if (numbers.size() < kMetricsBegin || (numbers.size() - kMetricsBegin) % 2 != 0) {
    fail(fmt::format("it has {} numbers", numbers.size()));
  }
  trial_.workload = entry(workloads_, numbers[0], "workload");
  trial_.target = entry(targets_, numbers[1], "target");
  trial_.control = whole(numbers[2], "control") != 0;
  trial_.block = whole(numbers[3], "block");
  trial_.order = whole(numbers[4], "order");
  trial_.program_digest = entry(programs_, numbers[5], "program");
  trial_.checksum.reset();
  if (!std::isnan(numbers[6])) trial_.checksum = entry(checksums_, numbers[6], "checksum");
  trial_.failure.reset();
  if (!std::isnan(numbers[7])) trial_.failure = entry(failures_, numbers[7], "failure");
  trial_.stamps = {};
  for (std::size_t i = 1; i < kStampCount; ++i) {
    const auto since = duration(numbers[kFixed + i - 1]);
    if (!since) continue;
    trial_.stamps.set(static_cast<Stamp>(i), TimePoint(*since));
    trial_.stamps.set(Stamp::kRequested, TimePoint());
  }
  trial_.stamps.signal_round_trip = duration(numbers[kMetricsBegin - 1]);
  trial_.metrics.resize((numbers.size() - kMetricsBegin) / 2);
  for (std::size_t i = 0; i < trial_.metrics.size(); ++i) {
    const auto& kind = entry(metrics_, numbers[kMetricsBegin + 2 * i], "metric");
    auto& metric = trial_.metrics[i];
    metric.name = kind.name;
    metric.value = numbers[kMetricsBegin + 2 * i + 1];
    metric.unit = kind.unit;
    metric.better = kind.better;
    if (!std::isfinite(metric.value)) fail(fmt::format("its {} has no value", kind.name));
  }
  return trial_;
}

}  // namespace strata::results
