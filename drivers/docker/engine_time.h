#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace strata::drivers {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// A moment as engines write it: "2026-11-25T09:36:20.123456789Z", with any number of decimals and
/// any offset from UTC (RFC 3339). Outside data: nothing for what is no such text.
std::optional<WallTime> parse_engine_time(std::string_view text);

}  // namespace strata::drivers
