#include "results/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace strata::results {
namespace {

using Step = std::pair<double, std::string_view>;

constexpr std::array<Step, 4> kTime{{{1.0, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}}};
constexpr std::array<Step, 4> kBytes{
    {{1.0, "B"}, {1024.0, "KiB"}, {1048576.0, "MiB"}, {1073741824.0, "GiB"}}};
constexpr std::array<Step, 4> kByteRate{
    {{1.0, "B/s"}, {1024.0, "KiB/s"}, {1048576.0, "MiB/s"}, {1073741824.0, "GiB/s"}}};
constexpr std::array<Step, 4> kRate{{{1.0, "/s"}, {1e3, "k/s"}, {1e6, "M/s"}, {1e9, "G/s"}}};

/// The steps of a unit's family, and how many of the first step one of the unit is.
std::pair<const std::array<Step, 4>*, double> family_of(std::string_view unit) {
  if (unit == "ns") return {&kTime, 1};
  if (unit == "us") return {&kTime, 1e3};
  if (unit == "ms") return {&kTime, 1e6};
  if (unit == "s") return {&kTime, 1e9};
  if (unit == "B") return {&kBytes, 1};
  if (unit == "B/s") return {&kByteRate, 1};
  if (unit == "1/s") return {&kRate, 1};
  return {nullptr, 1};
}

}  // namespace

std::string format_significant(double value) {
  const double magnitude = std::abs(value);
  if (magnitude == 0) return "0";
  const int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  // Rounding may carry into the next power of ten (9.996 -> "10.0"), which takes a digit away
  // again.
  const int digits = std::max(0, 2 - exponent);
  const double step = std::pow(10.0, -digits);
  const bool carries = std::round(magnitude / step) * step >= std::pow(10.0, exponent + 1);
  auto text =
      fmt::format("{:.{}f}", value, std::min(12, carries && digits > 0 ? digits - 1 : digits));
  const auto whole = std::min(text.find('.'), text.size());
  std::string grouped;
  for (std::size_t place = 0; place < text.size(); ++place) {
    const bool between_digits = place > 0 && text[place - 1] != '-';
    if (between_digits && place < whole && (whole - place) % 3 == 0) grouped += ',';
    grouped += text[place];
  }
  return grouped;
}

Scale scale_for(double value, std::string_view unit) {
  const auto [steps, base] = family_of(unit);
  if (steps == nullptr) return {1, std::string(unit)};
  const auto* chosen = &steps->front();
  for (const auto& step : *steps) {
    if (std::abs(value) * base >= step.first) chosen = &step;
  }
  return {chosen->first / base, std::string(chosen->second)};
}

std::string format_quantity(double value, std::string_view unit) {
  const auto scale = scale_for(value, unit);
  const auto number = format_significant(value / scale.factor);
  return scale.unit.empty() ? number : fmt::format("{} {}", number, scale.unit);
}

}  // namespace strata::results
