#pragma once

#include <vector>

#include "results/vocabulary/trial.h"

namespace strata::results {

/// What a trial's stamps say, as metrics in ns, lower is better:
///   startup         requested to ready, the headline
///   lifetime        requested to removed
///   until_created, until_launched, until_kernel, until_main, until_first_result, until_stopped
///   signal_round_trip
/// All from `requested`, so that none can be negative where stamps overtake each other (see
/// Stamps). A stamp that is absent gives no metric.
std::vector<Metric> derived_metrics(const Stamps& stamps);

}  // namespace strata::results
