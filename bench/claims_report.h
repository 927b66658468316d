#pragma once

#include <string>
#include <vector>

#include "results/claims/claim_check.h"

namespace strata::bench {

/// For a person: a line for each claim, its rows below it, a count at the end.
std::string claims_table(const std::vector<results::HeldClaims>& files, bool colour);
/// For a GitHub step summary.
std::string claims_markdown(const std::vector<results::HeldClaims>& files);
/// For a program; ends with a new line.
std::string claims_json(const std::vector<results::HeldClaims>& files);
/// JUnit XML: a test suite for each file, a test case for each claim. Refuted claims and invalid
/// runs are failures, undecided ones too if `strict`; what can't be decided here is skipped.
std::string claims_junit(const std::vector<results::HeldClaims>& files, bool strict);

/// 4 if the run is invalid for one of them, else 1 if one is refuted, else 3 if one is undecided
/// and `strict`, else 0.
int claims_exit_code(const std::vector<results::HeldClaims>& files, bool strict);

}  // namespace strata::bench
