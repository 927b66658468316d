#include "bench/precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace strata::bench {

PrecisionRule::PrecisionRule(const RunDefinition& definition, double precision)
    : precision_(precision) {
  run_.head.header.baseline = definition.baseline;
  for (const auto& workload : definition.workloads) {
    options_.headline[workload.name] = workload.metric;
  }
}

void PrecisionRule::add(const Trial& trial) {
  run_.measurements.add(trial);
  blocks_ = std::max(blocks_, trial.block + 1);
}

std::string PrecisionRule::reason() const {
  return fmt::format("every interval is within {:.4g} %", precision_ * 100);
}

bool PrecisionRule::reached() {
  if (blocks_ < kLeastBlocks) return false;
  const auto comparison = results::compare_targets(run_, options_);
  bool any = false;
  for (const auto& cell : comparison.cells) {
    if (!cell.ratio) continue;
    if (!cell.ratio->interval) return false;
    const auto& interval = *cell.ratio->interval;
    if (std::log(interval.high) - std::log(interval.low) > 2 * std::log1p(precision_)) return false;
    any = true;
  }
  return any;
}

}  // namespace strata::bench
