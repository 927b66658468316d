#pragma once

#include <compare>
#include <cstdint>

namespace strata {

/// A size in bytes, so that a number without a unit does not compile.
struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

constexpr Bytes kibibytes(std::uint64_t n) { return {n << 10U}; }
constexpr Bytes mebibytes(std::uint64_t n) { return {n << 20U}; }

}  // namespace strata
