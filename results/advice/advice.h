#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/advice/profile.h"
#include "results/claims/claim_check.h"
#include "results/comparison.h"

namespace strata::results {

/// A result that advice may rest on, and what it is called in the evidence.
struct EvidenceRun {
  std::string name;
  MeasuredRun run;
};

/// The claims that a profile's objectives make of these targets: what read_for_claims() has to keep
/// of a result. `targets` empty: those the profile names.
ClaimFile claims_of(const Profile& profile, const std::vector<std::string>& targets);

/// One cell behind a number.
struct EvidenceCell {
  std::string workload;  ///< empty: over all
  Estimate ratio;        ///< cost over the baseline's, with interval
  std::string run;       ///< the result it comes from
};

/// What one objective says of one target.
struct Evidence {
  std::string objective;
  double weight = 0;                ///< what it counts, the arrival pattern included
  std::optional<Estimate> ratio;    ///< cost over the baseline's; over several cells the geometric
                                    ///< mean, with the interval of all cells at their ends at once
  std::vector<EvidenceCell> cells;  ///< what it is made of; empty for what was only stated
  bool stated = false;              ///< the profile's own word, no measurement
  std::string missing;              ///< why there is no ratio
};

/// Why a target can't be had, or what is not settled about it.
struct Ruling {
  std::string need;  ///< "isolation", "startup at most 500 ms"
  std::string why;
};

/// One target, judged.
struct Option {
  std::string target;
  Isolation isolation = Isolation::kProcess;
  std::vector<Ruling> ruled_out;   ///< not empty: it is not ranked
  std::vector<Ruling> unsettled;   ///< limits and needs that the results do not decide
  std::vector<Evidence> evidence;  ///< by objective, in the profile's order, then what is stated
  /// Weighted geometric mean of the ratios: 1.8 is "costs 1.8 times the baseline, as weighted".
  /// Absent where an objective that others were measured for is missing. The interval holds with
  /// all cells at their ends at once, so it is rather too wide than too narrow.
  std::optional<Estimate> score;
};

/// What would change who comes first: the weight of one objective, or one measurement.
struct Swing {
  std::string objective;
  bool is_weight = true;
  double now = 0;                ///< the weight, or the ratio of the first
  double then = 0;               ///< from where on the second comes first
  bool within_interval = false;  ///< of a measurement: its own interval reaches that far
};

struct Advice {
  std::vector<Option> ranked;    ///< best first
  std::vector<Option> unranked;  ///< not ruled out, but not measured in all that counts
  std::vector<Option> ruled_out;
  /// Whether the first is the first beyond what the intervals leave open.
  bool decided = false;
  std::string why;            ///< of a recommendation that is not decided, or of none at all
  std::vector<Swing> swings;  ///< between the first and the second
  std::vector<std::string> not_measured;  ///< objectives that no candidate was measured for
};

/// Judges every candidate: hard needs first, then limits, then the weighted cost. The first run
/// that measured an objective on a target is the evidence for it. No number comes without evidence:
/// what was not measured, is invalid, or ran under emulation is said to be missing.
Advice advise(const Profile& profile, const std::vector<EvidenceRun>& runs);

/// The isolation of a target as its driver and options give it.
Isolation isolation_of(const Target& target);
/// Whether it is a function: instances come and go between requests.
bool is_function(const Target& target);

/// One objective on one target against any other: what advise() and the plan of a migration show.
Evidence measure_objective(const Objective& objective, const std::string& target,
                           const std::string& baseline, const std::vector<EvidenceRun>& runs);

}  // namespace strata::results
