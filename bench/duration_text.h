#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/toml_document.h"
#include "results/vocabulary/clock.h"

namespace strata::bench {

/// Reads "90s", "5m", "1h30m", "250ms", "1.5s"; a number needs its unit. Units: h m s ms us ns.
/// Throws UsageError that names `where` ("--budget", "quick.toml: budget") and what would be right.
Duration parse_duration(std::string_view text, std::string_view where);

/// The same of a key in a file; nothing if it is not there.
std::optional<Duration> read_duration(const results::TomlTable& table, std::string_view key);

/// For a person, three significant digits: "171 ms", "2.35 s", "12 m 05 s".
std::string format_duration(Duration duration);

/// `value` nanoseconds with three significant digits and its unit: "1.23 us". Finite.
std::string format_nanoseconds(double value);

}  // namespace strata::bench
