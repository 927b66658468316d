#include "results/advice/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace strata::results {
namespace {

/// AWS Lambda quotas, "Function timeout": 900 seconds.
constexpr auto kLongestInvocation = std::chrono::seconds(900);

/// Several tenants want at least this between them. Agache et al., NSDI 2020, section 2.
constexpr auto kBetweenTenants = Isolation::kUserSpaceKernel;

bool is_about_starts(const Objective& objective) {
  return objective.metric == "startup" || objective.metric.starts_with("ready[") ||
         objective.metric.starts_with("cold");
}

/// The objective as a claim, so that it is measured and checked as claims are.
Claim as_claim(const Objective& objective, const std::string& target, const std::string& baseline) {
  Claim claim;
  claim.id = objective.name;
  claim.statement = objective.name;
  claim.metric = objective.metric;
  claim.workloads = objective.workloads;
  claim.target = target;
  claim.baseline = baseline;
  claim.kind = Claim::Kind::kRatio;
  claim.bound = 1;
  return claim;
}

Claim limit_as_claim(const Objective& objective, const std::string& target) {
  auto claim = as_claim(objective, target, {});
  claim.kind = Claim::Kind::kAbsolute;
  claim.quantile = objective.quantile;
  claim.unit = objective.unit;
  claim.relation = objective.at_most ? Claim::Relation::kAtMost : Claim::Relation::kAtLeast;
  claim.bound = objective.at_most.value_or(objective.at_least.value_or(0));
  return claim;
}

CheckedClaim check(const Claim& claim, const EvidenceRun& run) {
  ClaimFile file;
  file.claims.push_back(claim);
  return check_claims(file, run.run).front();
}

bool has_interval(const ClaimRow& row) {
  return row.decides && row.estimate && row.estimate->interval &&
         row.verdict != ClaimVerdict::kInvalid && row.verdict != ClaimVerdict::kNotMeasurable;
}

/// The geometric mean of estimates, each with its weight; the ends are those of all at once.
Estimate weighted_mean(const std::vector<std::pair<Estimate, double>>& parts) {
  double total = 0;
  double value = 0;
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  for (const auto& [part, weight] : parts) {
    const auto ends = part.interval.value_or(Interval{part.value, part.value});
    total += weight;
    value += weight * std::log(part.value);
    low += weight * std::log(ends.low);
    high += weight * std::log(ends.high);
    count += part.count;
  }
  return {std::exp(value / total), Interval{std::exp(low / total), std::exp(high / total)}, count};
}

Estimate exactly_one() { return {1, Interval{1, 1}, 0}; }

const Target* target_in(const EvidenceRun& run, const std::string& name) {
  const auto& targets = run.run.head.header.targets;
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const Target& one) { return one.name == name; });
  return found == targets.end() ? nullptr : &*found;
}

const Target* find_target(const std::vector<EvidenceRun>& runs, const std::string& name) {
  for (const auto& one : runs) {
    if (const auto* const target = target_in(one, name)) return target;
  }
  return nullptr;
}

std::vector<std::string> candidates_of(const Profile& profile,
                                       const std::vector<EvidenceRun>& runs) {
  if (!profile.candidates.empty()) return profile.candidates;
  std::vector<std::string> names;
  for (const auto& one : runs) {
    for (const auto& target : one.run.head.header.targets) {
      if (std::find(names.begin(), names.end(), target.name) == names.end()) {
        names.push_back(target.name);
      }
    }
  }
  return names;
}

void rule_by_isolation(const Profile& profile, Option& option) {
  const auto need = [&](const char* what, Isolation least, const std::string& why) {
    if (option.isolation >= least) return;
    option.ruled_out.push_back(
        {what, fmt::format("{} needs {}, and {} gives {}", why, name_of(least), option.target,
                           name_of(option.isolation))});
  };
  need("isolation", profile.isolation, "the profile");
  if (profile.several_tenants) need("tenancy", kBetweenTenants, "code of several tenants");
  if (profile.no_shared_kernel) need("regulation", kBetweenTenants, "a kernel that is not shared");
}

void rule_by_life(const Profile& profile, const Target& target, Option& option) {
  if (!is_function(target)) return;
  if (profile.state != State::kStateless) {
    option.ruled_out.push_back(
        {"state", "a function's instances come and go: what one keeps is gone with it"});
  }
  if (profile.longest_request && *profile.longest_request > kLongestInvocation) {
    option.ruled_out.push_back(
        {"longest request",
         fmt::format("an invocation ends after {} s at the latest, a request takes {:.4g} s",
                     kLongestInvocation.count(),
                     std::chrono::duration<double>(*profile.longest_request).count())});
  }
}

/// Of each architecture some result has to be there, with the target in it.
void rule_by_architecture(const Profile& profile, const std::vector<EvidenceRun>& runs,
                          Option& option) {
  for (const auto& wanted : profile.architectures) {
    const bool seen = std::any_of(runs.begin(), runs.end(), [&](const EvidenceRun& one) {
      const auto& facts = one.run.head.header.environment.facts;
      const auto machine = facts.find("cpu.architecture");
      return machine != facts.end() && machine->second == wanted &&
             target_in(one, option.target) != nullptr;
    });
    if (!seen) {
      option.unsettled.push_back(
          {"architecture " + wanted, "no result of such a machine has this target"});
    }
  }
}

std::string limit_text(const Objective& objective) {
  return fmt::format("{} {} {:.6g}{}{}", objective.name, objective.at_most ? "at most" : "at least",
                     objective.at_most.value_or(objective.at_least.value_or(0)),
                     objective.unit.empty() ? "" : " ", objective.unit);
}

void rule_by_limit(const Objective& objective, const std::vector<EvidenceRun>& runs,
                   Option& option) {
  if (!objective.at_most && !objective.at_least) return;
  const auto claim = limit_as_claim(objective, option.target);
  std::string why = "no result has it";
  for (const auto& run : runs) {
    const auto checked = check(claim, run);
    if (checked.verdict == ClaimVerdict::kSupported) return;
    why = checked.why;
    if (checked.verdict == ClaimVerdict::kNotMeasurable) continue;
    if (checked.verdict != ClaimVerdict::kRefuted) break;
    for (const auto& row : checked.rows) {
      if (row.verdict != ClaimVerdict::kRefuted) continue;
      option.ruled_out.push_back(
          {limit_text(objective),
           fmt::format("{} is {:.4g} {} [{:.4g}, {:.4g}] ({})",
                       row.workload.empty() ? objective.metric : row.workload, row.estimate->value,
                       row.unit, row.estimate->interval->low, row.estimate->interval->high,
                       run.name)});
      return;
    }
  }
  option.unsettled.push_back({limit_text(objective), why});
}

Evidence stated_evidence(const StatedCost& stated) {
  Evidence evidence;
  evidence.objective = stated.name;
  evidence.weight = stated.weight;
  evidence.stated = true;
  evidence.ratio = Estimate{stated.cost, Interval{stated.cost, stated.cost}, 0};
  return evidence;
}

Option judge(const std::string& name, const Profile& profile,
             const std::vector<EvidenceRun>& runs) {
  Option option;
  option.target = name;
  const auto* const target = find_target(runs, name);
  if (target == nullptr) {
    option.unsettled.push_back({"evidence", "no result has a trial of it"});
  } else {
    option.isolation = isolation_of(*target);
    rule_by_isolation(profile, option);
    rule_by_life(profile, *target, option);
    rule_by_architecture(profile, runs, option);
  }
  for (const auto& objective : profile.objectives) {
    rule_by_limit(objective, runs, option);
    auto evidence = measure_objective(objective, name, profile.baseline, runs);
    evidence.weight *= is_about_starts(objective) ? weight_of_starts(profile) : 1;
    option.evidence.push_back(std::move(evidence));
  }
  std::set<std::string> said;
  for (const auto& stated : profile.stated) {
    if (stated.target == name) option.evidence.push_back(stated_evidence(stated));
    if (stated.target == name) said.insert(stated.name);
  }
  for (const auto& stated : profile.stated) {
    if (!said.insert(stated.name).second) continue;
    Evidence evidence;
    evidence.objective = stated.name;
    evidence.weight = stated.weight;
    evidence.stated = true;
    evidence.missing = "the profile states none for it";
    option.evidence.push_back(std::move(evidence));
  }
  return option;
}

/// The score over the objectives that count; absent if one of them is missing.
void score(const std::set<std::string>& counting, Option& option) {
  std::vector<std::pair<Estimate, double>> parts;
  for (const auto& one : option.evidence) {
    if (one.weight == 0 || !counting.contains(one.objective)) continue;
    if (!one.ratio) return;
    parts.emplace_back(*one.ratio, one.weight);
  }
  if (!parts.empty()) option.score = weighted_mean(parts);
}

const Evidence* evidence_for(const Option& option, const std::string& objective) {
  const auto found = std::find_if(option.evidence.begin(), option.evidence.end(),
                                  [&](const Evidence& one) { return one.objective == objective; });
  return found == option.evidence.end() ? nullptr : &*found;
}

/// With weights w and log ratios a (first) and b (second), the first leads while
/// sum w (b - a) > 0. One weight or one of the a at which that is 0, the others as they are.
std::vector<Swing> swings_between(const Option& first, const Option& second,
                                  const std::set<std::string>& counting) {
  double lead = 0;
  std::map<std::string, std::pair<double, double>> terms;  // weight, b - a
  for (const auto& one : first.evidence) {
    const auto* const other = evidence_for(second, one.objective);
    if (!counting.contains(one.objective) || one.weight == 0 || !one.ratio || other == nullptr ||
        !other->ratio) {
      continue;
    }
    const double apart = std::log(other->ratio->value) - std::log(one.ratio->value);
    terms[one.objective] = {one.weight, apart};
    lead += one.weight * apart;
  }
  std::vector<Swing> swings;
  for (const auto& [objective, term] : terms) {
    const auto& [weight, apart] = term;
    const double other_terms = lead - weight * apart;
    if (const double then = -other_terms / apart; apart != 0 && then >= 0 && std::isfinite(then)) {
      swings.push_back({objective, true, weight, then, false});
    }
    const auto& now = *evidence_for(first, objective);
    if (now.stated || now.cells.empty()) continue;
    const double then = now.ratio->value * std::exp(lead / weight);
    swings.push_back({objective, false, now.ratio->value, then,
                      now.ratio->interval && then <= now.ratio->interval->high});
  }
  return swings;
}

void conclude(const std::set<std::string>& counting, Advice& advice) {
  if (advice.ranked.empty()) {
    advice.why = "no candidate was measured in all that counts";
    return;
  }
  const auto& first = advice.ranked.front();
  if (!first.unsettled.empty()) {
    advice.why = fmt::format("{} is not settled for {}: {}", first.unsettled.front().need,
                             first.target, first.unsettled.front().why);
  }
  if (advice.ranked.size() > 1) {
    const auto& second = advice.ranked[1];
    advice.swings = swings_between(first, second, counting);
    if (advice.why.empty() && first.score->interval->high >= second.score->interval->low) {
      advice.why = fmt::format("the intervals of {} and {} overlap", first.target, second.target);
    }
  } else if (advice.why.empty() && !advice.unranked.empty()) {
    advice.why = "the others were not measured in all that counts";
  }
  advice.decided = advice.why.empty();
}

}  // namespace

Isolation isolation_of(const Target& target) {
  const auto option = [&](const char* name) {
    const auto found = target.options.find(name);
    return found == target.options.end() ? std::string() : found->second;
  };
  const auto by_runtime = [&](const std::string& runtime) {
    return runtime.find("runsc") != std::string::npos ||
                   target.name.find("gvisor") != std::string::npos
               ? Isolation::kUserSpaceKernel
               : Isolation::kSharedKernel;
  };
  if (target.driver == "kvm") return Isolation::kHardware;
  if (target.driver == "docker" || target.driver == "oci") {
    return option("runtime").starts_with("kata") ? Isolation::kHardware
                                                 : by_runtime(option("runtime"));
  }
  if (target.driver == "faas") {
    const auto inside = option("isolation");
    if (inside == "kvm") return Isolation::kHardware;
    return inside == "docker" ? by_runtime(option("runtime")) : Isolation::kProcess;
  }
  return Isolation::kProcess;
}

bool is_function(const Target& target) { return target.driver == "faas"; }

ClaimFile claims_of(const Profile& profile, const std::vector<std::string>& targets) {
  ClaimFile file;
  for (const auto& target : targets.empty() ? profile.candidates : targets) {
    for (const auto& objective : profile.objectives) {
      file.claims.push_back(as_claim(objective, target, profile.baseline));
    }
  }
  if (file.claims.empty()) {
    for (const auto& objective : profile.objectives) {
      file.claims.push_back(as_claim(objective, profile.baseline, profile.baseline));
    }
  }
  return file;
}

Evidence measure_objective(const Objective& objective, const std::string& target,
                           const std::string& baseline, const std::vector<EvidenceRun>& runs) {
  Evidence evidence;
  evidence.objective = objective.name;
  evidence.weight = objective.weight;
  evidence.missing = "no result has it";
  for (const auto& run : runs) {
    const auto checked = check(as_claim(objective, target, baseline), run);
    if (checked.verdict == ClaimVerdict::kNotMeasurable) {
      evidence.missing = checked.why;
      continue;
    }
    std::vector<std::pair<Estimate, double>> parts;
    for (const auto& row : checked.rows) {
      if (!has_interval(row)) {
        evidence.missing = row.why.empty() ? "too few trials for an interval" : row.why;
        if (!row.workload.empty()) evidence.missing = row.workload + ": " + evidence.missing;
        parts.clear();
        break;
      }
      parts.emplace_back(target == baseline ? exactly_one() : *row.estimate, 1.0);
      evidence.cells.push_back({row.workload, *row.estimate, run.name});
    }
    if (parts.empty()) {
      evidence.cells.clear();
      continue;
    }
    evidence.ratio = weighted_mean(parts);
    evidence.missing.clear();
    return evidence;
  }
  return evidence;
}

Advice advise(const Profile& profile, const std::vector<EvidenceRun>& runs) {
  std::vector<Option> options;
  for (const auto& name : candidates_of(profile, runs)) {
    options.push_back(judge(name, profile, runs));
  }
  Advice advice;
  std::set<std::string> counting;
  bool measured = false;
  for (const auto& option : options) {
    if (!option.ruled_out.empty()) continue;
    for (const auto& one : option.evidence) {
      if (one.ratio) counting.insert(one.objective);
      measured = measured || (one.ratio && !one.stated);
    }
  }
  // What the profile states ranks nobody by itself.
  if (!measured) counting.clear();
  for (const auto& objective : profile.objectives) {
    if (objective.weight > 0 && !counting.contains(objective.name)) {
      advice.not_measured.push_back(objective.name);
    }
  }
  for (auto& option : options) {
    if (!option.ruled_out.empty()) {
      advice.ruled_out.push_back(std::move(option));
      continue;
    }
    score(counting, option);
    (option.score ? advice.ranked : advice.unranked).push_back(std::move(option));
  }
  std::stable_sort(
      advice.ranked.begin(), advice.ranked.end(),
      [](const Option& a, const Option& b) { return a.score->value < b.score->value; });
  conclude(counting, advice);
  return advice;
}

}  // namespace strata::results
