#include "results/run_differences.h"

#include <algorithm>
#include <map>
#include <string>

#include "results/capture.h"

namespace strata::results {
namespace {

using Facts = std::map<std::string, std::string>;

/// What one run is made of, by name.
Facts facts_of(const RunHeader& header) {
  Facts facts = header.environment.facts;
  facts["suite"] = header.suite;
  facts["baseline"] = header.baseline;
  facts["strata.version"] = header.strata_version;
  for (const auto& target : header.targets) {
    facts["target " + target.name + ": driver"] = target.driver;
    for (const auto& [name, value] : target.options) {
      facts["target " + target.name + ": option " + name] = value;
    }
    for (const auto& [name, value] : target.facts) {
      facts["target " + target.name + ": " + name] = value;
    }
  }
  for (const auto& [workload, digest] : header.bundle_digests) {
    facts["program of " + workload] = digest;
  }
  return facts;
}

std::string text_in(const Facts& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string() : found->second;
}

}  // namespace

std::vector<RunDifference> differences_of(const RunHeader& first, const RunHeader& second) {
  const auto before = facts_of(first);
  const auto after = facts_of(second);
  Facts names = before;
  names.insert(after.begin(), after.end());
  std::vector<RunDifference> differences;
  for (const auto& [name, ignored] : names) {
    auto one = text_in(before, name);
    auto other = text_in(after, name);
    if (one != other) {
      differences.push_back({name, std::move(one), std::move(other), belongs_to_class(name)});
    }
  }
  std::stable_partition(differences.begin(), differences.end(),
                        [](const RunDifference& one) { return one.matters; });
  return differences;
}

}  // namespace strata::results
