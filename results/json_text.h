#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace strata::results {

/// JSON on one line, or indented. Bytes that are not UTF-8 become U+FFFD: programs may print
/// anything, and a file must stay readable.
std::string dumped(const nlohmann::json& json, int indent = -1);

/// What is written a million times is put together by hand; these append one value each.
///
/// A finite number, with the fewest digits that lead back to exactly this double; a whole number
/// without a fraction.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::uint64_t value);
void append_number(std::string& out, std::int64_t value);
/// A string, in quotes; bytes that are not UTF-8 as in dumped().
void append_text(std::string& out, std::string_view text);

}  // namespace strata::results
