#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/stop_rule.h"
#include "results/claims/claim_check.h"

namespace strata::bench {

/// A run for claims looks at them three times and stops at the first look that leaves none
/// undecided. Each look takes its share of the error, see results::kThreeLooks.
class ClaimLooks final : public StopRule {
 public:
  static constexpr std::array<std::uint32_t, 3> kBlocks{12, 24, 48};

  ClaimLooks(std::vector<results::ClaimFile> files, const results::RunHeader& header);
  void add(const Trial& trial) override;
  [[nodiscard]] bool reached() override;
  [[nodiscard]] std::string reason() const override;

 private:
  std::vector<results::ClaimFile> files_;
  results::MeasuredRun run_;
  std::uint32_t blocks_ = 0;
  std::uint32_t looked_at_ = 0;  ///< blocks at the last look
};

}  // namespace strata::bench
