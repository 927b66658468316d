#include "results/trial_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <utility>

#include "results/run_json.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;
namespace dom = simdjson::dom;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[noreturn]] void fail(const std::string& said) { throw Error("read a line of the journal", said); }

std::string text(const dom::object& object, std::string_view key) {
  std::string_view value;
  if (object[key].get_string().get(value) != simdjson::SUCCESS) {
    fail(fmt::format("\"{}\" is missing or no text", key));
  }
  return std::string(value);
}

std::uint32_t number32(const dom::object& object, std::string_view key) {
  std::uint64_t value = 0;
  if (object[key].get_uint64().get(value) != simdjson::SUCCESS || value > UINT32_MAX) {
    fail(fmt::format("\"{}\" is missing or no number", key));
  }
  return static_cast<std::uint32_t>(value);
}

bool truth(const dom::object& object, std::string_view key) {
  bool value = false;
  if (object[key].get_bool().get(value) != simdjson::SUCCESS) {
    fail(fmt::format("\"{}\" is missing or neither true nor false", key));
  }
  return value;
}

Stamps stamps_from(const dom::object& trial) {
  Stamps stamps;
  dom::object object;
  if (trial["stamps"].get_object().get(object) != simdjson::SUCCESS) return stamps;
  for (const auto field : object) {
    std::int64_t nanoseconds = 0;
    if (field.value.get_int64().get(nanoseconds) != simdjson::SUCCESS) {
      fail(fmt::format("stamp \"{}\" is no number", field.key));
    }
    if (field.key == "signal_round_trip") {
      stamps.signal_round_trip = Duration(nanoseconds);
    } else if (const auto stamp = stamp_named(field.key)) {
      stamps.set(*stamp, TimePoint(Duration(nanoseconds)));
    } else {
      fail(fmt::format("there is no stamp \"{}\"", field.key));
    }
  }
  return stamps;
}

std::vector<Metric> metrics_from(const dom::object& trial) {
  std::vector<Metric> metrics;
  dom::array list;
  if (trial["metrics"].get_array().get(list) != simdjson::SUCCESS) fail("\"metrics\" is missing");
  metrics.reserve(list.size());
  for (const auto element : list) {
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) fail("a metric is no object");
    Metric metric;
    metric.name = text(object, "name");
    metric.unit = text(object, "unit");
    if (object["value"].get_double().get(metric.value) != simdjson::SUCCESS) {
      fail(fmt::format("metric \"{}\" has no value", metric.name));
    }
    const auto better = text(object, "better");
    if (better != "higher" && better != "lower") fail(fmt::format("better = \"{}\"", better));
    metric.better = better == "higher" ? Better::kHigher : Better::kLower;
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

}  // namespace

std::string to_journal_line(const RunHeader& header) { return dumped(Json{{"run", header}}); }
std::string to_journal_line(const RunFooter& footer) { return dumped(Json{{"end", footer}}); }

std::string to_journal_line(const Trial& trial) {
  Json json{{"workload", trial.workload},
            {"target", trial.target},
            {"control", trial.control},
            {"block", trial.block},
            {"order", trial.order},
            {"metrics", Json::array()},
            {"program_digest", trial.program_digest}};
  if (const auto requested = trial.stamps.at(Stamp::kRequested)) {
    // Since the request: the host's clock means nothing to whoever reads this.
    auto& stamps = json["stamps"];
    for (std::size_t i = 0; i < kStampCount; ++i) {
      const auto stamp = static_cast<Stamp>(i);
      if (const auto at = trial.stamps.at(stamp))
        stamps[name_of(stamp)] = (*at - *requested).count();
    }
    if (const auto& round_trip = trial.stamps.signal_round_trip) {
      stamps["signal_round_trip"] = round_trip->count();
    }
  }
  for (const auto& metric : trial.metrics) {
    if (!std::isfinite(metric.value)) continue;  // absent, never a number that is none
    json["metrics"].push_back({{"name", metric.name},
                               {"value", metric.value},
                               {"unit", metric.unit},
                               {"better", metric.better == Better::kHigher ? "higher" : "lower"}});
  }
  if (trial.checksum) json["checksum"] = *trial.checksum;
  if (!trial.sample.empty()) json["sample"] = trial.sample;
  if (trial.failure) json["failure"] = *trial.failure;
  return dumped(Json{{"trial", std::move(json)}});
}

struct JournalLineReader::State {
  dom::parser parser;
  std::string line;  ///< with room behind it, as simdjson wants it
  dom::object root;
};

JournalLineReader::JournalLineReader() : state_(std::make_unique<State>()) {}
JournalLineReader::~JournalLineReader() = default;

LineKind JournalLineReader::read(std::string_view line) {
  state_->line = line;
  state_->line.reserve(line.size() + simdjson::SIMDJSON_PADDING);
  dom::element element;
  if (const auto error = state_->parser.parse(state_->line).get(element);
      error != simdjson::SUCCESS) {
    fail(fmt::format("it is no JSON: {}", simdjson::error_message(error)));
  }
  if (element.get_object().get(state_->root) != simdjson::SUCCESS || state_->root.size() != 1) {
    fail("it is no object with one key");
  }
  const auto key = (*state_->root.begin()).key;
  if (key == "run") return LineKind::kHeader;
  if (key == "trial") return LineKind::kTrial;
  if (key == "end") return LineKind::kFooter;
  fail(fmt::format("its key \"{}\" is neither run, trial nor end", key));
}

Trial JournalLineReader::trial() const {
  dom::object object;
  if (state_->root["trial"].get_object().get(object) != simdjson::SUCCESS)
    fail("the trial is no object");
  Trial trial;
  trial.workload = text(object, "workload");
  trial.target = text(object, "target");
  trial.control = truth(object, "control");
  trial.block = number32(object, "block");
  trial.order = number32(object, "order");
  trial.stamps = stamps_from(object);
  trial.metrics = metrics_from(object);
  trial.program_digest = text(object, "program_digest");
  std::string_view optional_text;
  if (object["checksum"].get_string().get(optional_text) == simdjson::SUCCESS) {
    trial.checksum = optional_text;
  }
  if (object["sample"].get_string().get(optional_text) == simdjson::SUCCESS) {
    trial.sample = optional_text;
  }
  dom::object failure;
  if (object["failure"].get_object().get(failure) == simdjson::SUCCESS) {
    trial.failure =
        Failure{text(failure, "tried"), text(failure, "said"), text(failure, "do_next")};
  }
  return trial;
}

RunHeader JournalLineReader::header() const try {
  const auto json = Json::parse(state_->line);
  const auto schema = json.at("run").at("schema");
  if (schema != kSchemaVersion) {
    throw UsageError("read the journal", fmt::format("its schema version is {}", schema.dump()),
                     fmt::format("this Strata reads version {}", kSchemaVersion));
  }
  return json.at("run").get<RunHeader>();
} catch (const Json::exception& error) {
  fail(error.what());
}

RunFooter JournalLineReader::footer() const try {
  return Json::parse(state_->line).at("end").get<RunFooter>();
} catch (const Json::exception& error) {
  fail(error.what());
}

}  // namespace strata::results
