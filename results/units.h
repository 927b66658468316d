#pragma once

#include <optional>
#include <string_view>

namespace strata::results {

/// What a unit measures; only values of one dimension can be compared.
enum class Dimension { kPlain, kTime, kBytes, kByteRate, kRate };

/// A unit, and how many of its dimension's basic unit (1, ns, B, B/s, 1/s) one of it is.
struct Unit {
  Dimension dimension = Dimension::kPlain;
  double factor = 1;
};

/// "ns", "ms", "s", "MiB", "MB", "GB/s", "Gb/s" (bits), "1/s", "k/s", "%", "" … Nothing for a unit
/// that is not known.
std::optional<Unit> unit_named(std::string_view name);

/// How many `to` one `from` is: 1e6 for ("ms", "ns"). Equal names always convert; nothing where the
/// dimensions differ or a unit is not known.
std::optional<double> conversion(std::string_view from, std::string_view to);

}  // namespace strata::results
