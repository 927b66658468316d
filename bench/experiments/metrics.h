#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/trial.h"

namespace strata::bench {

// Experiments put what they measured into a trial with these, so that all have the same units.

void add_time(Trial& trial, std::string name, Duration time);
void add_bytes(Trial& trial, std::string name, double bytes);
void add_count(Trial& trial, std::string name, double count);
void add_rate(Trial& trial, std::string name, double per_second);
/// A ratio of costs.
void add_ratio(Trial& trial, std::string name, double ratio);

/// The name of a point of a curve: "ready[8]", "after_pause[0.5]".
std::string indexed(std::string_view curve, double x);

}  // namespace strata::bench
