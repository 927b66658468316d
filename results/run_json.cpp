#include "results/run_json.h"

#include <cstdint>
#include <utility>

#include "results/text_table.h"

namespace strata {

using Json = nlohmann::json;

void to_json(Json& json, const Failure& failure) {
  json = {{"tried", failure.tried}, {"said", failure.said}, {"do_next", failure.do_next}};
}

void from_json(const Json& json, Failure& failure) {
  json.at("tried").get_to(failure.tried);
  json.at("said").get_to(failure.said);
  json.at("do_next").get_to(failure.do_next);
}

namespace results {
namespace {

Json to_json_value(const Target& target) {
  return {{"name", target.name},
          {"driver", target.driver},
          {"options", target.options},
          {"facts", target.facts}};
}

Target target_from(const Json& json) {
  Target target;
  json.at("name").get_to(target.name);
  json.at("driver").get_to(target.driver);
  json.at("options").get_to(target.options);
  json.at("facts").get_to(target.facts);
  return target;
}

/// nlohmann's number for errors of others.
constexpr int kOtherError = 501;

/// A number of this type and nothing near it: what get() makes of 1e300 is not defined.
template <typename Number>
Number whole_number(const Json& json) {
  const auto value = json.is_number_unsigned() ? json.get<std::uint64_t>() : 0;
  if (!json.is_number_unsigned() || !std::in_range<Number>(value)) {
    throw Json::other_error::create(kOtherError, "a whole number is none or too large", &json);
  }
  return static_cast<Number>(value);
}

/// A plan has as many entries as the run has trials: names in tables, and four numbers for each, in
/// one flat list: workload, target, control, block.
Json from_plan(const std::vector<PlannedTrial>& plan) {
  TextTable workloads;
  TextTable targets;
  Json::array_t places;
  places.reserve(4 * plan.size());
  for (const auto& trial : plan) {
    places.emplace_back(workloads.place_of(trial.workload));
    places.emplace_back(targets.place_of(trial.target));
    places.emplace_back(trial.control ? 1 : 0);
    places.emplace_back(trial.block);
  }
  return {{"workloads", workloads.texts()},
          {"targets", targets.texts()},
          {"places", std::move(places)}};
}

std::vector<PlannedTrial> to_plan(const Json& json) {
  const auto workloads = json.at("workloads").get<std::vector<std::string>>();
  const auto targets = json.at("targets").get<std::vector<std::string>>();
  const auto& places = json.at("places");
  // at() of a vector would throw what no reader of JSON catches.
  const auto name = [](const std::vector<std::string>& names, const Json& place) {
    const auto index = whole_number<std::size_t>(place);
    if (index >= names.size()) {
      throw Json::other_error::create(kOtherError, "the plan names what is in no table", &place);
    }
    return names[index];
  };
  std::vector<PlannedTrial> plan;
  plan.reserve(places.size() / 4);
  for (std::size_t i = 0; i < places.size(); i += 4) {
    plan.push_back({name(workloads, places.at(i)), name(targets, places.at(i + 1)),
                    whole_number<std::uint64_t>(places.at(i + 2)) != 0,
                    whole_number<std::uint32_t>(places.at(i + 3))});
  }
  return plan;
}

}  // namespace

Better better_from(const Json& json) {
  const auto& text = json.get_ref<const std::string&>();
  if (text == "higher") return Better::kHigher;
  if (text == "lower") return Better::kLower;
  throw Json::other_error::create(kOtherError, "better is neither lower nor higher", &json);
}

std::string_view text_of(Better better) { return better == Better::kHigher ? "higher" : "lower"; }

void to_json(Json& json, const RunHeader& header) {
  json = {{"schema", header.schema},
          {"run_id", header.run_id},
          {"started_utc", header.started_utc},
          {"strata_version", header.strata_version},
          {"suite", header.suite},
          {"command_line", header.command_line},
          {"seed", header.seed},
          {"baseline", header.baseline},
          {"blocks", header.blocks},
          {"plan", from_plan(header.plan)},
          {"targets", Json::array()},
          {"bundle_digests", header.bundle_digests},
          {"unavailable_targets", header.unavailable_targets},
          {"environment", header.environment.facts},
          {"environment_class", header.environment.environment_class},
          {"definition", header.definition}};
  for (const auto& target : header.targets) json["targets"].push_back(to_json_value(target));
}

void from_json(const Json& json, RunHeader& header) {
  header.schema = whole_number<decltype(header.schema)>(json.at("schema"));
  json.at("run_id").get_to(header.run_id);
  json.at("started_utc").get_to(header.started_utc);
  json.at("strata_version").get_to(header.strata_version);
  json.at("suite").get_to(header.suite);
  json.at("command_line").get_to(header.command_line);
  header.seed = whole_number<decltype(header.seed)>(json.at("seed"));
  json.at("baseline").get_to(header.baseline);
  header.blocks = whole_number<decltype(header.blocks)>(json.at("blocks"));
  json.at("bundle_digests").get_to(header.bundle_digests);
  json.at("unavailable_targets").get_to(header.unavailable_targets);
  json.at("environment").get_to(header.environment.facts);
  json.at("environment_class").get_to(header.environment.environment_class);
  json.at("definition").get_to(header.definition);
  for (const auto& target : json.at("targets")) header.targets.push_back(target_from(target));
  header.plan = to_plan(json.at("plan"));
}

void to_json(Json& json, const RunFooter& footer) {
  json = {{"wall_seconds", footer.wall_seconds},
          {"strata_cpu_seconds", footer.strata_cpu_seconds},
          {"interrupted", footer.interrupted},
          {"reason", footer.reason}};
}

void from_json(const Json& json, RunFooter& footer) {
  json.at("wall_seconds").get_to(footer.wall_seconds);
  json.at("strata_cpu_seconds").get_to(footer.strata_cpu_seconds);
  json.at("interrupted").get_to(footer.interrupted);
  json.at("reason").get_to(footer.reason);
}

}  // namespace results
}  // namespace strata
