#pragma once

#include "bench/definition.h"
#include "bench/stop_rule.h"
#include "results/comparison.h"

namespace strata::bench {

/// When a run has enough blocks: once the 95 % interval of every headline ratio is at most
/// `precision` wide to either side. It looks at widths alone, never at where an interval lies: then
/// looking after every block leaves the intervals' coverage as it is.
class PrecisionRule final : public StopRule {
 public:
  /// Fewer blocks are never enough: a lucky few would look narrow.
  static constexpr std::uint32_t kLeastBlocks = 12;

  PrecisionRule(const RunDefinition& definition, double precision);
  void add(const Trial& trial) override;
  /// To be asked between blocks. False too if there is no ratio at all. A ratio that can't be had,
  /// since a cell fails or is zero, is not waited for.
  [[nodiscard]] bool reached() override;
  [[nodiscard]] std::string reason() const override;

 private:
  results::MeasuredRun run_;
  results::ComparisonOptions options_;
  double precision_;
  std::uint32_t blocks_ = 0;
};

}  // namespace strata::bench
