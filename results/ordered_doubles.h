#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace strata::results {

/// A double's place in the order of all doubles, so that bisection over places ends after 64 steps
/// whatever the values. Both zeros have one place; no NaN.
inline std::int64_t place_of(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value == 0 ? 0.0 : value);
  return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
}
/// The other way round.
inline double value_at(std::int64_t place) {
  return std::bit_cast<double>(place >= 0 ? place
                                          : std::numeric_limits<std::int64_t>::min() - place);
}

}  // namespace strata::results
