#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/statistics.h"

namespace strata::plots {

/// Numbers as a person reads them, in UTF-8: "159 ms", "1.20 µs".
std::string quantity_text(double value, std::string_view unit);
/// "159 ms [157, 161]": the bounds in the unit of the value.
std::string located_text(const results::Estimate& estimate, std::string_view unit);
/// "[157, 161]", in the unit in which `value` is read best.
std::string bounds_text(const results::Interval& interval, double value, std::string_view unit);
/// "212×".
std::string ratio_text(double ratio);
/// "[206, 220]".
std::string interval_text(const results::Interval& interval);
/// "212× [206, 220]", of a ratio.
std::string estimate_text(const results::Estimate& ratio);
/// 0.0188 -> "1.88 %".
std::string percent_text(double relative);

/// UTF-8 text for HTML, as element content or in a quoted attribute; control characters, which no
/// document may hold, become U+FFFD. What is read from a result is UTF-8: its parsers see to that.
std::string escaped(std::string_view text);
/// For a JSON text inside a script element: nothing in it can end the element.
std::string script_safe(std::string json);

}  // namespace strata::plots
