#include "drivers/faas/report_line.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace strata::drivers::faas {
namespace {

constexpr std::string_view kBeginning = "REPORT RequestId: ";

/// The number before `unit`, if the value is that and nothing else, and neither negative nor
/// absurd.
std::optional<double> amount(std::string_view value, std::string_view unit, double most) {
  while (value.ends_with(' ') || value.ends_with('\r')) value.remove_suffix(1);
  if (!value.ends_with(unit)) return std::nullopt;
  value.remove_suffix(unit.size());
  double number = 0;
  const auto* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stopped != end || !std::isfinite(number) || number < 0 ||
      number > most) {
    return std::nullopt;
  }
  return number;
}

std::optional<Duration> milliseconds(std::string_view value) {
  constexpr double kYear = 366 * 86'400e3;
  const auto number = amount(value, " ms", kYear);
  if (!number) return std::nullopt;
  return Duration(std::llround(*number * 1e6));
}

std::optional<Bytes> megabytes(std::string_view value) {
  constexpr double kMost = 1e12;
  const auto number = amount(value, " MB", kMost);
  if (!number) return std::nullopt;
  return Bytes{static_cast<std::uint64_t>(*number * (1U << 20U))};
}

void read_field(std::string_view field, Report& report) {
  const auto colon = field.find(": ");
  if (colon == std::string_view::npos) return;
  const auto name = field.substr(0, colon);
  const auto value = field.substr(colon + 2);
  if (name == "Duration") report.duration = milliseconds(value);
  if (name == "Billed Duration") report.billed = milliseconds(value);
  if (name == "Init Duration") report.init = milliseconds(value);
  if (name == "Restore Duration") report.restore = milliseconds(value);
  if (name == "Memory Size") report.memory_size = megabytes(value);
  if (name == "Max Memory Used") report.memory_used = megabytes(value);
}

}  // namespace

std::optional<Report> report_in(std::string_view log) {
  // At the beginning of a line, or it is what a function printed in the middle of one.
  auto at = log.rfind(kBeginning);
  while (at != std::string_view::npos && at != 0 && log[at - 1] != '\n') {
    at = log.rfind(kBeginning, at - 1);
  }
  if (at == std::string_view::npos) return std::nullopt;
  auto line = log.substr(at);
  line = line.substr(0, line.find('\n'));
  Report report;
  while (!line.empty()) {
    const auto end = line.find('\t');
    read_field(line.substr(0, end), report);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return report;
}

}  // namespace strata::drivers::faas
