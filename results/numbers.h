#pragma once

#include <string>
#include <string_view>

namespace strata::results {

/// Three significant digits, never in exponent form: "0.997", "17.3", "251", "40,800".
std::string format_significant(double value);

/// The unit in which a person reads `value` best, and how many of `unit` it holds.
struct Scale {
  double factor = 1;
  std::string unit;
};
Scale scale_for(double value, std::string_view unit);

/// A value with its unit, scaled to where a person reads it best: ("ns", 1.2e6) is "1.20 ms",
/// ("B/s", 3e9) is "2.79 GiB/s", ("1/s", 12345) is "12.3 k/s". An unknown unit is printed as it is.
std::string format_quantity(double value, std::string_view unit);

}  // namespace strata::results
