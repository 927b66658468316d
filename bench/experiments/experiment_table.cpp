#include <array>
#include <string>
#include <vector>

#include "bench/experiments/experiment.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::bench {
namespace {

constexpr std::array kTable{&kStartupExperiment,   &kBurstExperiment, &kDensityExperiment,
                            &kColdstartExperiment, &kIdleExperiment,  &kInterferenceExperiment,
                            &kBurstyExperiment};

}  // namespace

std::span<const Experiment* const> experiment_table() { return kTable; }

const Experiment& find_experiment(std::string_view name) {
  std::vector<std::string> names;
  for (const auto* const experiment : kTable) {
    if (experiment->name == name) return *experiment;
    names.emplace_back(experiment->name);
  }
  throw UsageError("find experiment \"" + std::string(name) + "\"", "there is no such experiment",
                   suggest(name, names));
}

}  // namespace strata::bench
