#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/plan.h"

namespace strata::bench {

/// How long trials take, learnt from those that ended: a cell's own pace, else that of all trials.
class RemainingTime {
 public:
  void ended(const PlannedTrial& trial, Duration took);
  /// For all of `trials` together; nothing before the first trial has ended.
  [[nodiscard]] std::optional<Duration> expected(std::span<const PlannedTrial> trials) const;

 private:
  struct Pace {
    Duration total{};
    std::int64_t count = 0;
  };
  std::map<std::pair<std::string, std::string>, Pace> cells_;
  Pace all_;
};

}  // namespace strata::bench
