#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/advice/advice.h"

namespace strata::results {

/// The strategies of Yalate 2025, section 6.4 and Table 3.
enum class Strategy {
  kLiftAndShift,         ///< the program as it is, in one step
  kContainerizeInPlace,  ///< first a container where the service runs now, then the move
  kRefactor,             ///< into functions, by way of a container
  kStranglerFig,         ///< traffic goes over bit by bit, both run meanwhile
};
/// "lift-and-shift", "containerize-in-place", "refactor", "strangler-fig".
std::string_view name_of(Strategy strategy);
/// The strategy of that name. Throws UsageError (near match).
Strategy strategy_named(const std::string& name);

/// One step: what runs where before and after, and what it is to cost.
struct MigrationStep {
  std::string title;
  std::string from;
  std::string to;
  double share = 1;                ///< of the traffic that `to` serves after the step
  std::vector<Evidence> expected;  ///< by objective: cost on `to` over the cost on `from`
};

struct MigrationPlan {
  Strategy strategy = Strategy::kLiftAndShift;
  std::string from;
  std::string to;
  std::vector<MigrationStep> steps;
};

/// The mean cost while `to` serves `share` of the traffic and `from` the rest, over that of `from`.
Estimate at_share(const Estimate& ratio, double share);

/// The steps of a strategy, each with what `runs` say of it. Throws UsageError for targets that are
/// the same, or a strategy that cannot lead from the one to the other.
MigrationPlan plan_migration(Strategy strategy, const Target& from, const Target& to,
                             const Profile& profile, const std::vector<EvidenceRun>& runs);

/// The strategies that can lead from one target to another.
std::vector<Strategy> strategies_between(const Target& from, const Target& to);

/// What was expected as claims, which `strata check` can hold to afterwards: every measured ratio
/// at most the far end of its interval, every limit of the profile on the last target. TOML.
std::string claims_toml(const MigrationPlan& plan, const Profile& profile);

}  // namespace strata::results
