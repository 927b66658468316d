#include "results/journal_lines.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <utility>

#include "results/json_text.h"
#include "results/run_json.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;
namespace dom = simdjson::dom;

static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kHeaderBegin = "{\"run\":";

/// What is wrong with a line; its number is added where it is known.
struct BadLine {
  std::string said;
};

std::string_view text(const dom::object& object, std::string_view key) {
  std::string_view value;
  if (object[key].get_string().get(value) != simdjson::SUCCESS) {
    throw BadLine{fmt::format("\"{}\" is missing or no text", key)};
  }
  return value;
}

std::uint32_t number(const dom::object& object, std::string_view key) {
  std::uint64_t value = 0;
  if (object[key].get_uint64().get(value) != simdjson::SUCCESS || value > UINT32_MAX) {
    throw BadLine{fmt::format("\"{}\" is missing or no whole number", key)};
  }
  return static_cast<std::uint32_t>(value);
}

bool truth(const dom::object& object, std::string_view key) {
  bool value = false;
  if (object[key].get_bool().get(value) != simdjson::SUCCESS) {
    throw BadLine{fmt::format("\"{}\" is missing or neither true nor false", key)};
  }
  return value;
}

void read_stamps(const dom::object& trial, Stamps& stamps) {
  stamps = {};
  dom::object object;
  if (trial["stamps"].get_object().get(object) != simdjson::SUCCESS) return;
  for (const auto field : object) {
    std::int64_t nanoseconds = 0;
    constexpr std::int64_t kMost = std::int64_t{1} << 53U;  // 104 days
    if (field.value.get_int64().get(nanoseconds) != simdjson::SUCCESS || nanoseconds > kMost ||
        nanoseconds < -kMost) {
      throw BadLine{fmt::format("stamp \"{}\" is no number of nanoseconds", field.key)};
    }
    if (field.key == "signal_round_trip") {
      stamps.signal_round_trip = Duration(nanoseconds);
    } else if (const auto stamp = stamp_named(field.key)) {
      stamps.set(*stamp, TimePoint(Duration(nanoseconds)));
    } else {
      throw BadLine{fmt::format("there is no stamp \"{}\"", field.key)};
    }
  }
}

void read_metrics(const dom::object& trial, std::vector<Metric>& metrics) {
  dom::array list;
  if (trial["metrics"].get_array().get(list) != simdjson::SUCCESS) {
    throw BadLine{"\"metrics\" is missing or no list"};
  }
  std::size_t count = 0;
  for (const auto element : list) {
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
      throw BadLine{"a metric is no object"};
    }
    if (count == metrics.size()) metrics.emplace_back();
    auto& metric = metrics[count++];
    metric.name = text(object, "name");
    metric.unit = text(object, "unit");
    if (object["value"].get_double().get(metric.value) != simdjson::SUCCESS) {
      throw BadLine{fmt::format("metric \"{}\" has no value", metric.name)};
    }
    const auto better = text(object, "better");
    if (better != "higher" && better != "lower") {
      throw BadLine{fmt::format("\"better\" is \"{}\"", better)};
    }
    metric.better = better == "higher" ? Better::kHigher : Better::kLower;
  }
  metrics.resize(count);
}

void read_trial(const dom::object& object, Trial& trial) {
  trial.workload = text(object, "workload");
  trial.target = text(object, "target");
  trial.control = truth(object, "control");
  trial.block = number(object, "block");
  trial.order = number(object, "order");
  read_stamps(object, trial.stamps);
  read_metrics(object, trial.metrics);
  trial.program_digest = text(object, "program_digest");
  trial.checksum.reset();
  std::string_view optional_text;
  if (object["checksum"].get_string().get(optional_text) == simdjson::SUCCESS) {
    trial.checksum = optional_text;
  }
  trial.sample.clear();
  if (object["sample"].get_string().get(optional_text) == simdjson::SUCCESS) {
    trial.sample = optional_text;
  }
  trial.failure.reset();
  dom::object failure;
  if (object["failure"].get_object().get(failure) == simdjson::SUCCESS) {
    trial.failure = Failure{std::string(text(failure, "tried")), std::string(text(failure, "said")),
                            std::string(text(failure, "do_next"))};
  }
}

/// Since the request: the host's clock means nothing to whoever reads this.
Json from_stamps(const Stamps& stamps) {
  auto json = Json::object();
  for (std::size_t i = 0; i < kStampCount; ++i) {
    const auto stamp = static_cast<Stamp>(i);
    if (const auto since = stamps.between(Stamp::kRequested, stamp)) {
      json[name_of(stamp)] = since->count();
    }
  }
  if (const auto& round_trip = stamps.signal_round_trip) {
    json["signal_round_trip"] = round_trip->count();
  }
  return json;
}

}  // namespace

std::string to_journal_line(const RunHeader& header) { return dumped(Json{{"run", header}}); }
std::string to_journal_line(const RunFooter& footer) { return dumped(Json{{"end", footer}}); }

std::string to_journal_line(const Trial& trial) {
  Json json{{"workload", trial.workload}, {"target", trial.target},
            {"control", trial.control},   {"block", trial.block},
            {"order", trial.order},       {"stamps", from_stamps(trial.stamps)},
            {"metrics", Json::array()},   {"program_digest", trial.program_digest}};
  for (const auto& metric : trial.metrics) {
    if (!std::isfinite(metric.value)) continue;  // absent, never a number that is none
    json["metrics"].push_back({{"name", metric.name},
                               {"value", metric.value},
                               {"unit", metric.unit},
                               {"better", text_of(metric.better)}});
  }
  if (trial.checksum) json["checksum"] = *trial.checksum;
  if (!trial.sample.empty()) json["sample"] = trial.sample;
  if (trial.failure) json["failure"] = *trial.failure;
  return dumped(Json{{"trial", std::move(json)}});
}

bool is_half_a_header(std::string_view rest) {
  return rest.substr(0, kHeaderBegin.size()) == kHeaderBegin.substr(0, rest.size());
}

struct JournalReader::State {
  dom::parser parser;
  dom::object root;
  Trial trial;
};

JournalReader::JournalReader(int fd, std::string name)
    : name_(std::move(name)), lines_(fd, name_), state_(std::make_unique<State>()) {}
JournalReader::~JournalReader() = default;

void JournalReader::fail(const std::string& said, std::string do_next) const {
  if (do_next.empty()) do_next = "the file was changed or is damaged; start a new run";
  throw UsageError(fmt::format("read {}:{}", name_, lines_.number()), said, std::move(do_next));
}

JournalReader::Line JournalReader::next() {
  if (!lines_.next(line_)) return Line::kEnd;
  // The first line holds the whole plan and is only read when its header is asked for.
  if (lines_.number() == 1) {
    if (!line_.starts_with(kHeaderBegin)) fail("the first line does not tell the run");
    return Line::kHeader;
  }
  const auto error = state_->parser.parse(line_.data(), line_.size(), false).get(state_->root);
  if (error == simdjson::INCORRECT_TYPE) fail("the line is no JSON object");
  if (error != simdjson::SUCCESS) {
    fail(fmt::format("the line is no JSON: {}", simdjson::error_message(error)));
  }
  if (state_->root["trial"].error() == simdjson::SUCCESS) return Line::kTrial;
  if (state_->root["end"].error() == simdjson::SUCCESS) return Line::kFooter;
  fail("the line is neither a trial nor an end");
}

const Trial& JournalReader::trial() try {
  dom::object object;
  if (state_->root["trial"].get_object().get(object) != simdjson::SUCCESS) {
    throw BadLine{"the trial is no object"};
  }
  read_trial(object, state_->trial);
  return state_->trial;
} catch (const BadLine& bad) {
  fail(bad.said);
}

RunHeader JournalReader::header() const try {
  const auto json = Json::parse(line_);
  const auto& schema = json.at("run").at("schema");
  if (schema != kSchemaVersion) {
    constexpr std::size_t kShown = 40;
    fail(fmt::format("its schema version is {}, this Strata reads version {}",
                     schema.dump().substr(0, kShown), kSchemaVersion),
         "go on with the Strata that began it");
  }
  return json.at("run").get<RunHeader>();
} catch (const Json::exception& error) {
  fail(error.what());
}

RunFooter JournalReader::footer() const try {
  return Json::parse(line_).at("end").get<RunFooter>();
} catch (const Json::exception& error) {
  fail(error.what());
}

}  // namespace strata::results
