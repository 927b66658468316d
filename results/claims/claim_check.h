#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/claims/claim.h"
#include "results/comparison.h"

namespace strata::results {

enum class ClaimVerdict { kSupported, kRefuted, kUndecided, kInvalid, kNotMeasurable };
/// "supported", "refuted", "undecided", "invalid", "not measurable here".
std::string_view name_of(ClaimVerdict verdict);

/// One thing that a claim says, measured: a workload, from one start event.
struct ClaimRow {
  std::string workload;              ///< empty: over all
  std::string measured;              ///< "real_time", "main after requested"
  std::string unit;                  ///< of estimate and bound
  bool decides = true;               ///< false: shown beside what decides, from another start event
  std::optional<Estimate> estimate;  ///< interval two-sided at 2 x confidence - 1
  double bound = 0;                  ///< in `unit`
  ClaimVerdict verdict = ClaimVerdict::kUndecided;
  std::string why;
  std::optional<std::size_t> more_blocks;  ///< of kUndecided: about how many it would take
};

struct CheckedClaim {
  Claim claim;
  ClaimVerdict verdict = ClaimVerdict::kUndecided;
  std::string why;
  std::vector<ClaimRow> rows;
};

/// Reads a result for check_claims(): also the times between stamps that the claims are about.
/// Throws as read_result().
MeasuredRun read_for_claims(const std::filesystem::path& result,
                            const std::vector<ClaimFile>& files);
/// Adds a trial of a run that is going on to what check_claims() looks at.
void add_for_claims(const std::vector<ClaimFile>& files, const Trial& trial, MeasuredRun& run);

/// The share of its error that each of three looks at 12, 24 and 48 blocks takes, so that all of
/// them together take no more than one: 0.0221 of 0.05 (simulated by verdicts_benchmark).
inline constexpr double kThreeLooks = 0.0221 / 0.05;

/// Holds every claim against a run. Supported: the one-sided interval of every row lies on the
/// claimed side of its bound (all must, so that nothing has to be corrected for their number).
/// Refuted: the interval of one row, at a confidence corrected for their number (Bonferroni), lies
/// on the other side. Invalid: the A/A interval excludes 1, what a workload computed differs, or
/// more than half of the trials ran under disturbance. `share` of each claim's error is taken:
/// below 1 where the run is looked at several times.
std::vector<CheckedClaim> check_claims(const ClaimFile& file, const MeasuredRun& run,
                                       double share = 1);

/// The claims of one file, held against a run.
struct HeldClaims {
  ClaimFile file;
  std::vector<CheckedClaim> claims;
};
/// check_claims() for each file.
std::vector<HeldClaims> hold_claims(std::vector<ClaimFile> files, const MeasuredRun& run,
                                    double share = 1);

}  // namespace strata::results
