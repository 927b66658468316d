#include "bench/remaining_time.h"

#include <initializer_list>
#include <utility>

namespace strata::bench {

void RemainingTime::ended(const PlannedTrial& trial, Duration took) {
  for (Pace* const pace : {&cells_[{trial.workload, trial.target}], &all_}) {
    pace->total += took;
    ++pace->count;
  }
}

std::optional<Duration> RemainingTime::expected(std::span<const PlannedTrial> trials) const {
  if (all_.count == 0) return std::nullopt;
  Duration sum{};
  for (const auto& trial : trials) {
    const auto cell = cells_.find({trial.workload, trial.target});
    const auto& pace = cell != cells_.end() ? cell->second : all_;
    sum += pace.total / pace.count;
  }
  return sum;
}

}  // namespace strata::bench
