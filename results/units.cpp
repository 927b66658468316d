#include "results/units.h"

#include <algorithm>
#include <array>

namespace strata::results {
namespace {

struct NamedUnit {
  std::string_view name;
  Unit unit;
};

constexpr double kKi = 1024;
constexpr std::array kUnits{
    NamedUnit{"", {Dimension::kPlain, 1}},
    NamedUnit{"x", {Dimension::kPlain, 1}},
    NamedUnit{"%", {Dimension::kPlain, 0.01}},
    NamedUnit{"ns", {Dimension::kTime, 1}},
    NamedUnit{"us", {Dimension::kTime, 1e3}},
    NamedUnit{"ms", {Dimension::kTime, 1e6}},
    NamedUnit{"s", {Dimension::kTime, 1e9}},
    NamedUnit{"min", {Dimension::kTime, 60e9}},
    NamedUnit{"B", {Dimension::kBytes, 1}},
    NamedUnit{"kB", {Dimension::kBytes, 1e3}},
    NamedUnit{"MB", {Dimension::kBytes, 1e6}},
    NamedUnit{"GB", {Dimension::kBytes, 1e9}},
    NamedUnit{"KiB", {Dimension::kBytes, kKi}},
    NamedUnit{"MiB", {Dimension::kBytes, kKi* kKi}},
    NamedUnit{"GiB", {Dimension::kBytes, kKi* kKi* kKi}},
    NamedUnit{"B/s", {Dimension::kByteRate, 1}},
    NamedUnit{"MB/s", {Dimension::kByteRate, 1e6}},
    NamedUnit{"GB/s", {Dimension::kByteRate, 1e9}},
    NamedUnit{"KiB/s", {Dimension::kByteRate, kKi}},
    NamedUnit{"MiB/s", {Dimension::kByteRate, kKi* kKi}},
    NamedUnit{"GiB/s", {Dimension::kByteRate, kKi* kKi* kKi}},
    NamedUnit{"Mb/s", {Dimension::kByteRate, 1e6 / 8}},
    NamedUnit{"Gb/s", {Dimension::kByteRate, 1e9 / 8}},
    NamedUnit{"1/s", {Dimension::kRate, 1}},
    NamedUnit{"k/s", {Dimension::kRate, 1e3}},
    NamedUnit{"M/s", {Dimension::kRate, 1e6}},
    NamedUnit{"G/s", {Dimension::kRate, 1e9}},
};

}  // namespace

std::optional<Unit> unit_named(std::string_view name) {
  const auto* const found = std::find_if(kUnits.begin(), kUnits.end(),
                                         [&](const NamedUnit& one) { return one.name == name; });
  return found == kUnits.end() ? std::nullopt : std::optional(found->unit);
}

std::optional<double> conversion(std::string_view from, std::string_view to) {
  if (from == to) return 1;
  const auto source = unit_named(from);
  const auto goal = unit_named(to);
  if (!source || !goal || source->dimension != goal->dimension) return std::nullopt;
  return source->factor / goal->factor;
}

}  // namespace strata::results
