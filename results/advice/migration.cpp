#include "results/advice/migration.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>

#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::results {
namespace {

constexpr std::array kStrategies{Strategy::kLiftAndShift, Strategy::kContainerizeInPlace,
                                 Strategy::kRefactor, Strategy::kStranglerFig};

/// A container in the same virtual machine, and one on the host: what lies between a VM or a
/// process and where it goes.
constexpr auto kContainerInGuest = "kvm-oci";
constexpr auto kContainer = "docker";

bool is_container(const Target& target) {
  return target.driver == "docker" || target.driver == "oci";
}

/// Text as a basic string of TOML 1.0: quotes, backslashes and control characters escaped.
std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04X}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const auto& text : texts) result += (result.size() > 1 ? ", " : "") + toml_string(text);
  return result + "]";
}

/// Up, at the fourth significant digit, so that the bound still holds what was measured.
double rounded_up(double value) {
  const double scale = std::pow(10, 3 - std::floor(std::log10(value)));
  return std::ceil(value * scale) / scale;
}

const Objective* objective_named(const Profile& profile, const std::string& name) {
  for (const auto& one : profile.objectives) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string claim_head(const MigrationPlan& plan, const std::string& id,
                       const std::string& statement, const Objective& objective) {
  auto text = fmt::format(
      "\n[[claim]]\nid = {}\nstatement = {}\nsource = {{ title = \"strata migrate\", section = {} "
      "}}\nmetric = {}\n",
      toml_string(id), toml_string(statement), toml_string(name_of(plan.strategy)),
      toml_string(objective.metric));
  if (!objective.workloads.empty()) {
    text += fmt::format("workloads = {}\n", toml_list(objective.workloads));
  }
  return text;
}

}  // namespace

std::string_view name_of(Strategy strategy) {
  constexpr std::array<std::string_view, 4> kNames{"lift-and-shift", "containerize-in-place",
                                                   "refactor", "strangler-fig"};
  return kNames.at(static_cast<std::size_t>(strategy));
}

Strategy strategy_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto one : kStrategies) {
    if (name == name_of(one)) return one;
    names.emplace_back(name_of(one));
  }
  throw UsageError(fmt::format("plan a migration by \"{}\"", name), "no strategy has that name",
                   suggest(name, names));
}

Estimate at_share(const Estimate& ratio, double share) {
  const auto mixed = [&](double value) { return 1 + share * (value - 1); };
  Estimate estimate{mixed(ratio.value), std::nullopt, ratio.count};
  if (ratio.interval) estimate.interval = {mixed(ratio.interval->low), mixed(ratio.interval->high)};
  return estimate;
}

std::vector<Strategy> strategies_between(const Target& from, const Target& to) {
  std::vector<Strategy> result;
  if (!is_function(to)) result.push_back(Strategy::kLiftAndShift);
  if (is_container(to) && !is_container(from)) result.push_back(Strategy::kContainerizeInPlace);
  if (is_function(to)) result.push_back(Strategy::kRefactor);
  result.push_back(Strategy::kStranglerFig);
  return result;
}

MigrationPlan plan_migration(Strategy strategy, const Target& from, const Target& to,
                             const Profile& profile, const std::vector<EvidenceRun>& runs) {
  const auto tried = fmt::format("plan a migration from {} to {}", from.name, to.name);
  if (from.name == to.name) {
    throw UsageError(tried, "they are the same", "name two targets");
  }
  const auto possible = strategies_between(from, to);
  if (std::find(possible.begin(), possible.end(), strategy) == possible.end()) {
    std::string others;
    for (const auto one : possible) {
      others += fmt::format("{}{}", others.empty() ? "" : ", ", name_of(one));
    }
    throw UsageError(tried, fmt::format("{} does not lead there", name_of(strategy)),
                     "what does: " + others);
  }
  MigrationPlan plan{strategy, from.name, to.name, {}};
  const auto step = [&](std::string title, const std::string& before, const std::string& after,
                        double share = 1) {
    plan.steps.push_back({std::move(title), before, after, share, {}});
  };
  switch (strategy) {
    case Strategy::kLiftAndShift:
      step("move the program as it is", from.name, to.name);
      break;
    case Strategy::kContainerizeInPlace: {
      const bool in_guest = isolation_of(from) == Isolation::kHardware;
      const std::string between = in_guest ? kContainerInGuest : kContainer;
      step(in_guest ? "put it into a container in the same virtual machine"
                    : "put it into a container on the same host",
           from.name, between);
      if (between != to.name) step("move the container", between, to.name);
      break;
    }
    case Strategy::kRefactor:
      if (is_container(from)) {
        step("make the container's program a function", from.name, to.name);
      } else {
        step("put it into a container", from.name, kContainer);
        step("make the container's program a function", kContainer, to.name);
      }
      break;
    case Strategy::kStranglerFig:
      for (const double share : {0.1, 0.5, 1.0}) {
        step(fmt::format("{:.0f} % of the traffic", share * 100), from.name, to.name, share);
      }
      break;
  }
  for (auto& one : plan.steps) {
    for (const auto& objective : profile.objectives) {
      one.expected.push_back(measure_objective(objective, one.to, one.from, runs));
    }
  }
  return plan;
}

std::string claims_toml(const MigrationPlan& plan, const Profile& profile) {
  auto text = fmt::format(
      "# What the migration from {} to {} ({}) is to cost. Afterwards: strata check THIS-FILE "
      "RESULT.json\ndescription = {}\n",
      plan.from, plan.to, name_of(plan.strategy),
      toml_string(fmt::format("{}: from {} to {}", profile.name, plan.from, plan.to)));
  std::set<std::string> pairs;
  for (const auto& step : plan.steps) {
    for (const auto& one : step.expected) {
      const auto* const objective = objective_named(profile, one.objective);
      if (!one.ratio || !one.ratio->interval || objective == nullptr) continue;
      const auto id = fmt::format("{}-{}-{}", one.objective, step.from, step.to);
      if (!pairs.insert(id).second) continue;
      // The mean over several cells is narrower than its cells: each is held to the widest of them.
      double bound = one.ratio->interval->high;
      for (const auto& cell : one.cells) bound = std::max(bound, cell.ratio.interval->high);
      bound = rounded_up(bound);
      text += claim_head(plan, id,
                         fmt::format("{} costs at most {:.4g} times what it costs on {}",
                                     one.objective, bound, step.from),
                         *objective);
      text += fmt::format(
          "target = {}\nbaseline = {}\nkind = \"ratio\"\nrelation = \"at most\"\nbound = {:.4g}\n",
          toml_string(step.to), toml_string(step.from), bound);
    }
  }
  for (const auto& objective : profile.objectives) {
    const auto limit = objective.at_most ? objective.at_most : objective.at_least;
    if (!limit) continue;
    const auto* const relation = objective.at_most ? "at most" : "at least";
    text += claim_head(
        plan, fmt::format("{}-limit", objective.name),
        fmt::format("{} is {} {:.6g} {}", objective.name, relation, *limit, objective.unit),
        objective);
    text += fmt::format("target = {}\nkind = \"absolute\"\nrelation = \"{}\"\nbound = {:.17g}\n",
                        toml_string(plan.to), relation, *limit);
    if (!objective.unit.empty()) text += fmt::format("unit = {}\n", toml_string(objective.unit));
    if (objective.quantile != 0.5) {
      text += fmt::format("statistic = \"p{:.0f}\"\n", objective.quantile * 100);
    }
  }
  return text;
}

}  // namespace strata::results
