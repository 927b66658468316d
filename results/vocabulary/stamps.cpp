#include "results/vocabulary/stamps.h"

#include <algorithm>

namespace strata {
namespace {

constexpr std::array<std::string_view, kStampCount> kNames{"requested",    "created", "launched",
                                                           "kernel",       "main",    "ready",
                                                           "first_result", "stopped", "removed"};

}  // namespace

std::string_view name_of(Stamp stamp) { return kNames.at(static_cast<std::size_t>(stamp)); }

std::optional<Stamp> stamp_named(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Stamp>(found - kNames.begin());
}

std::optional<Duration> Stamps::between(Stamp from, Stamp to) const {
  const auto start = at(from);
  const auto end = at(to);
  if (!start || !end) return std::nullopt;
  return *end - *start;
}

}  // namespace strata
