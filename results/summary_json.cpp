#include "results/summary_json.h"

#include "results/run_json.h"

namespace strata::results {
namespace {

using Json = nlohmann::json;

Json from_estimate(const Estimate& estimate) {
  Json json{{"value", estimate.value}, {"count", estimate.count}};
  if (estimate.interval) json["interval"] = {estimate.interval->low, estimate.interval->high};
  return json;
}

Estimate to_estimate(const Json& json) {
  Estimate estimate;
  json.at("value").get_to(estimate.value);
  json.at("count").get_to(estimate.count);
  if (json.contains("interval")) {
    estimate.interval = {json["interval"].at(0).get<double>(),
                         json["interval"].at(1).get<double>()};
  }
  return estimate;
}

}  // namespace

void to_json(Json& json, const Summary& summary) {
  json = {{"trials", summary.trials},
          {"failed", summary.failed},
          {"differing_checksums", summary.differing_checksums},
          {"cells", Json::array()}};
  for (const auto& cell : summary.cells) {
    Json entry{{"workload", cell.workload}, {"target", cell.target},
               {"control", cell.control},   {"metric", cell.metric},
               {"unit", cell.unit},         {"better", text_of(cell.better)},
               {"failed", cell.failed}};
    if (cell.location.count > 0) entry["median"] = from_estimate(cell.location);
    if (cell.overhead) entry["overhead"] = from_estimate(*cell.overhead);
    json["cells"].push_back(std::move(entry));
  }
}

void from_json(const Json& json, Summary& summary) {
  json.at("trials").get_to(summary.trials);
  json.at("failed").get_to(summary.failed);
  json.at("differing_checksums").get_to(summary.differing_checksums);
  for (const auto& entry : json.at("cells")) {
    CellSummary cell;
    entry.at("workload").get_to(cell.workload);
    entry.at("target").get_to(cell.target);
    entry.at("control").get_to(cell.control);
    entry.at("metric").get_to(cell.metric);
    entry.at("unit").get_to(cell.unit);
    cell.better = better_from(entry.at("better"));
    entry.at("failed").get_to(cell.failed);
    if (entry.contains("median")) cell.location = to_estimate(entry["median"]);
    if (entry.contains("overhead")) cell.overhead = to_estimate(entry["overhead"]);
    summary.cells.push_back(std::move(cell));
  }
}

}  // namespace strata::results
