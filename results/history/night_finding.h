#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "results/statistics.h"

namespace strata::results {

/// What the newest night of a series says, held against the nights before it.
struct NightFinding {
  bool suspicious = false;
  bool large = false;        ///< one night is enough, if it is confirmed by running it again
  std::size_t nights = 0;    ///< at the new level, the newest included
  std::size_t compared = 0;  ///< nights of the stable segment
  double before = 0;         ///< level of the stable segment
  double after = 0;          ///< level of the nights since
  double deviations = 0;     ///< distance of the two in standard deviations of it
  double spread = 0;         ///< standard deviation of one night
};

struct NightOptions {
  std::size_t least_nights = 6;  ///< fewer before the newest say nothing
  std::size_t memory = 40;       ///< nights that the level and the spread come from
  double least_change = 0.02;
  double large_change = 0.065;         ///< so much is a matter of one night
  double suspicious_deviations = 1.8;  ///< enough to run the cell again
  double again_deviations = 2.5;       ///< what running it again has to show by itself
  double confirmed_deviations = 4;     ///< and both together (Stouffer)
};

/// Holds the newest of `logs` (logarithms of a series since its last change, ordered) against the
/// stable segment before it: the newest alone, and the mean of the newest two and three. The level
/// is the median of the segment's last nights, the spread that of their residuals, so that a slow
/// drift is no change. `direction` 1 looks for what became dearer, -1 cheaper.
NightFinding test_newest_night(std::span<const double> logs, int direction = 1,
                               const NightOptions& options = {});

/// The same for a change point: the nights from `first` on against those before.
NightFinding finding_since(std::span<const double> logs, std::size_t first, int direction = 1,
                           const NightOptions& options = {});

/// What is most suspicious about the newest night, in either direction: of itself, and of a change
/// point within the last nights. Not `suspicious` if nothing is.
NightFinding strongest_finding(std::span<const double> logs, const NightOptions& options = {});

/// Whether running a suspicious cell again in the same night confirms it. `again` is what that
/// gave, a logarithm too, with its interval (95 %; without one nothing is confirmed). A change that
/// is not large has to stand two nights.
bool confirms(const NightFinding& finding, const Estimate& again, const NightOptions& options = {});

/// Whether running it again leaves a change open that is not large: it shows there too, and one
/// night more decides.
bool may_be(const NightFinding& finding, const Estimate& again, const NightOptions& options = {});

}  // namespace strata::results
