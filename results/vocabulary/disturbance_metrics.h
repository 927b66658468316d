#pragma once

#include <string_view>

namespace strata {

/// What else went on while a trial was measured, as metrics of that trial. Sampled before and after
/// the measured section, never within it. One that could not be read is absent, never 0.
inline constexpr std::string_view kStealMetric = "noise_steal";  ///< share of all CPUs' time
inline constexpr std::string_view kSwitchesMetric =
    "noise_context_switches";  ///< of the host, a second
inline constexpr std::string_view kFrequencyMetric =
    "noise_frequency_change";  ///< relative change of the mean clock from before to after
inline constexpr std::string_view kPressureMetric =
    "noise_pressure";  ///< share of the time in which some task waited for a CPU
/// Of how many of these the trial is marked for: 0, or the trial ran under disturbance.
inline constexpr std::string_view kDisturbedMetric = "disturbed";

}  // namespace strata
