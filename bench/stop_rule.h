#pragma once

#include <functional>
#include <memory>
#include <string>

#include "results/journal.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

/// Says when a run has enough blocks. It hears of every trial and is asked between blocks, before
/// the first too. A rule must not leave the run's verdicts wrong more often than they say.
class StopRule {
 public:
  StopRule() = default;
  StopRule(const StopRule&) = delete;
  StopRule& operator=(const StopRule&) = delete;
  virtual ~StopRule() = default;

  virtual void add(const Trial& trial) = 0;
  [[nodiscard]] virtual bool reached() = 0;
  /// Why it was reached, for the result: "every interval is within 1 %".
  [[nodiscard]] virtual std::string reason() const = 0;
};

/// Makes the rule of a run once its header is known.
using MakeStopRule = std::function<std::unique_ptr<StopRule>(const results::RunHeader&)>;

}  // namespace strata::bench
