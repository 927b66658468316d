#include "bench/duration_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "bench/numbers.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
    {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}}};
/// What a Duration can hold, with room for adding it to a moment.
constexpr double kLongest = 100.0 * 365 * 24 * 3600e9 / 2;

[[noreturn]] void refuse(std::string_view text, std::string_view where) {
  throw UsageError(fmt::format("{} = \"{}\"", where, text), "that is not a duration",
                   "write a number with its unit: 250ms, 90s, 5m, 1h30m");
}

}  // namespace

Duration parse_duration(std::string_view text, std::string_view where) {
  double total = 0;
  auto rest = text;
  if (rest.empty()) refuse(text, where);
  while (!rest.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || !std::isfinite(number) || number < 0) refuse(text, where);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    double scale = 0;
    for (const auto& [unit, nanoseconds] : kUnits) {
      const bool fits = rest.starts_with(unit);
      // "m" must not take the first letter of "ms".
      if (!fits || (unit == "m" && rest.starts_with("ms"))) continue;
      scale = nanoseconds;
      rest.remove_prefix(unit.size());
      break;
    }
    if (scale == 0) refuse(text, where);
    total += number * scale;
  }
  if (total > kLongest) refuse(text, where);
  return Duration(std::llround(total));
}

std::optional<Duration> read_duration(const results::TomlTable& table, std::string_view key) {
  const auto text = table.text(key);
  if (!text) return std::nullopt;
  return parse_duration(*text, table.place_of(key));
}

std::string format_duration(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds >= 3600) return fmt::format("{} h {:02} m", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 60) return fmt::format("{} m {:02} s", seconds / 60, seconds % 60);
  return format_nanoseconds(static_cast<double>(duration.count()));
}

std::string format_nanoseconds(double value) { return format_quantity(value, "ns"); }

}  // namespace strata::bench
