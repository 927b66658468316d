#include "bench/definition.h"

#include <nlohmann/json.hpp>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using Json = nlohmann::json;

std::vector<std::string> as_texts(const std::vector<std::filesystem::path>& paths) {
  return {paths.begin(), paths.end()};
}

Json to_json(const ProgramDefinition& program) {
  return {{"kind", program.kind == ProgramDefinition::Kind::kCommand ? "command" : "googlebench"},
          {"path", program.path.string()},
          {"with", as_texts(program.with)}};
}

ProgramDefinition program_from(const Json& json) {
  const auto with = json.at("with").get<std::vector<std::string>>();
  return {json.at("kind") == "command" ? ProgramDefinition::Kind::kCommand
                                       : ProgramDefinition::Kind::kGoogleBenchmark,
          json.at("path").get<std::string>(),
          {with.begin(), with.end()}};
}

}  // namespace

std::string to_json_text(const RunDefinition& definition) {
  Json json{{"suite", definition.suite},
            {"baseline", definition.baseline},
            {"blocks", definition.blocks},
            {"seed", definition.seed},
            {"trial_timeout_ns", definition.trial_timeout.count()},
            {"cpus", definition.cpus},
            {"ignore_failure", definition.ignore_failure},
            {"targets", Json::array()},
            {"programs", Json::array()},
            {"workloads", Json::array()}};
  if (definition.precision) json["precision"] = *definition.precision;
  if (definition.budget) json["budget_ns"] = definition.budget->count();
  for (const auto& target : definition.targets) {
    json["targets"].push_back(
        {{"name", target.name}, {"driver", target.driver}, {"options", target.options}});
  }
  for (const auto& program : definition.programs) json["programs"].push_back(to_json(program));
  for (const auto& workload : definition.workloads) {
    json["workloads"].push_back({{"name", workload.name},
                                 {"benchmark", workload.benchmark},
                                 {"program", workload.program},
                                 {"arguments", workload.arguments},
                                 {"metric", workload.metric}});
    if (!workload.inside.empty()) json["workloads"].back()["inside"] = workload.inside;
    if (workload.experiment.empty()) continue;
    json["workloads"].back()["experiment"] = workload.experiment;
    json["workloads"].back()["parameters"] = workload.parameters;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RunDefinition definition_from_json_text(const std::string& text) try {
  const auto json = Json::parse(text);
  RunDefinition definition;
  json.at("suite").get_to(definition.suite);
  json.at("baseline").get_to(definition.baseline);
  json.at("blocks").get_to(definition.blocks);
  json.at("seed").get_to(definition.seed);
  if (json.contains("precision")) definition.precision = json["precision"].get<double>();
  if (json.contains("budget_ns"))
    definition.budget = Duration(json["budget_ns"].get<std::int64_t>());
  definition.trial_timeout = Duration(json.at("trial_timeout_ns").get<std::int64_t>());
  json.at("cpus").get_to(definition.cpus);
  json.at("ignore_failure").get_to(definition.ignore_failure);
  for (const auto& target : json.at("targets")) {
    definition.targets.push_back({target.at("name").get<std::string>(),
                                  target.at("driver").get<std::string>(),
                                  target.at("options").get<std::map<std::string, std::string>>(),
                                  {}});
  }
  for (const auto& program : json.at("programs")) {
    definition.programs.push_back(program_from(program));
  }
  for (const auto& workload : json.at("workloads")) {
    definition.workloads.push_back({workload.at("name").get<std::string>(),
                                    workload.at("benchmark").get<std::string>(),
                                    workload.at("program").get<std::size_t>(),
                                    workload.at("arguments").get<std::vector<std::string>>(),
                                    workload.at("metric").get<std::string>()});
    if (definition.workloads.back().program >= definition.programs.size()) {
      throw Error("read the run's definition", "a workload names a program that is not in it");
    }
    definition.workloads.back().inside = workload.value("inside", "");
    if (!workload.contains("experiment")) continue;
    workload["experiment"].get_to(definition.workloads.back().experiment);
    workload.at("parameters").get_to(definition.workloads.back().parameters);
  }
  return definition;
} catch (const nlohmann::json::exception& error) {
  throw Error("read the run's definition from its journal", error.what(),
              "the journal was written by another version of Strata, or is damaged");
}

}  // namespace strata::bench
