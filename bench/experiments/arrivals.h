#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::bench {

/// When requests arrive, from the beginning on, ascending. Open loop: nobody waits for an answer
/// before the next one is sent.
using Arrivals = std::vector<Duration>;

/// A Poisson process of `rate` a second over `length`: gaps are exponential and independent. The
/// same seed gives the same arrivals on every machine.
Arrivals poisson_arrivals(double rate, Duration length, std::uint64_t seed);

/// Poisson at a tenth of `rate` for the first half, and then at `rate`: load that comes at once.
Arrivals step_arrivals(double rate, Duration length, std::uint64_t seed);

/// Poisson at twice `rate` in the first half of each period, silence in the second: `rate` on
/// average, if `length` is a number of periods.
Arrivals on_off_arrivals(double rate, Duration length, Duration period, std::uint64_t seed);

/// A trace: the first column of a CSV file, in seconds from any moment on, ascending; a first line
/// that is no number is a heading. Only arrivals within `length` of the first. Throws UsageError
/// naming the line that can't be read, if there is none, or beyond a million. `origin` is for
/// errors.
Arrivals trace_arrivals(std::string_view csv, std::string_view origin, Duration length);

}  // namespace strata::bench
