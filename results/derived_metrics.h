#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "results/vocabulary/trial.h"

namespace strata::results {

/// What a trial's stamps say, as metrics in ns, lower is better: by stamp, the time from
/// `requested` to it. Every one begins there, so that none is negative where stamps overtake each
/// other (see Stamps); `requested` itself gives none.
inline constexpr std::array<std::string_view, kStampCount> kDerivedMetrics{
    "",        "until_created",      "until_launched", "until_kernel", "until_main",
    "startup", "until_first_result", "until_stopped",  "lifetime"};
inline constexpr std::string_view kSignalRoundTrip = "signal_round_trip";

/// Calls visit(name, nanoseconds) for each that the stamps give; a stamp that is absent gives none.
template <typename Visit>
void visit_derived_metrics(const Stamps& stamps, const Visit& visit) {
  for (std::size_t i = 1; i < kStampCount; ++i) {
    if (const auto since = stamps.between(Stamp::kRequested, static_cast<Stamp>(i))) {
      visit(kDerivedMetrics[i], static_cast<double>(since->count()));
    }
  }
  if (const auto& round_trip = stamps.signal_round_trip) {
    visit(kSignalRoundTrip, static_cast<double>(round_trip->count()));
  }
}

/// Whether a metric may not be called that, since a derived one is.
constexpr bool is_derived_metric(std::string_view name) {
  for (const auto& derived : kDerivedMetrics) {
    if (!name.empty() && name == derived) return true;
  }
  return name == kSignalRoundTrip;
}

}  // namespace strata::results
