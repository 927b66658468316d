#pragma once

#include <cstdint>

namespace strata::drivers {

/// How fast this host's time stamp counter counts, in kHz, measured over 20 ms; 0 where there is
/// none.
std::uint64_t measure_tsc_khz();

}  // namespace strata::drivers
