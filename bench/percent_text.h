#pragma once

#include <string_view>

namespace strata::bench {

/// Reads "1%", "0.5 %" as 0.01, 0.005: more than 0, at most 100 %. Throws UsageError that names
/// `where` ("--margin") and what would be right.
double parse_percent(std::string_view text, std::string_view where);

}  // namespace strata::bench
