#include "bench/claim_looks.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::bench {

ClaimLooks::ClaimLooks(std::vector<results::ClaimFile> files, const results::RunHeader& header)
    : files_(std::move(files)) {
  run_.head.header = header;
}

void ClaimLooks::add(const Trial& trial) {
  results::add_for_claims(files_, trial, run_);
  blocks_ = std::max(blocks_, trial.block + 1);
}

bool ClaimLooks::reached() {
  if (blocks_ == looked_at_ ||
      std::find(kBlocks.begin(), kBlocks.end(), blocks_) == kBlocks.end()) {
    return false;
  }
  looked_at_ = blocks_;
  run_.head.summary.differing_checksums = run_.measurements.differing_workloads();
  for (const auto& file : files_) {
    for (const auto& claim : results::check_claims(file, run_, results::kThreeLooks)) {
      if (claim.verdict == results::ClaimVerdict::kUndecided) return false;
    }
  }
  return true;
}

std::string ClaimLooks::reason() const {
  return fmt::format("no claim is undecided after {} blocks", looked_at_);
}

}  // namespace strata::bench
