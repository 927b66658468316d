#include "results/history/night_finding.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "results/history/change_points.h"
#include "results/statistics.h"

namespace strata::results {
namespace {

/// The level comes from fewer nights than the spread: a level may drift, noise stays what it is.
constexpr std::size_t kLevelNights = 20;
constexpr std::size_t kMostTogether = 3;

/// Level and spread of a stable segment's last nights.
struct Segment {
  double level = 0;
  double spread = 0;  ///< standard deviation of one night
  std::size_t nights = 0;
};

Segment segment_of(std::span<const double> logs, const NightOptions& options) {
  constexpr double kToDeviation = 1.4826;
  // Less than this no machine repeats itself from night to night.
  constexpr double kLeastSpread = 0.002;
  Segment segment;
  const auto recent = logs.last(std::min(logs.size(), options.memory));
  segment.nights = recent.size();
  segment.level = median(recent.last(std::min(recent.size(), kLevelNights)));
  std::vector<double> distances;
  std::vector<double> steps;
  for (std::size_t i = 0; i < recent.size(); ++i) {
    distances.push_back(std::abs(recent[i] - segment.level));
    if (i > 0) steps.push_back(std::abs(recent[i] - recent[i - 1]));
  }
  // Both are robust; the first sees what is slow, the second is not led astray by a change that has
  // not been recorded. Few nights show less than there is: hence the factor.
  const auto nights = static_cast<double>(recent.size());
  const auto few = 1 + 3 / nights;
  segment.spread = std::max({kLeastSpread, few * kToDeviation * median(distances),
                             few * kToDeviation * median(steps) / std::sqrt(2.0)});
  return segment;
}

double error_of_level(const NightFinding& finding) {
  // pi / 2: a median is that much less sure than a mean.
  constexpr double kMedian = 1.5708;
  const auto nights = static_cast<double>(std::min(finding.compared, kLevelNights));
  return finding.spread * std::sqrt(kMedian / nights);
}

}  // namespace

NightFinding finding_since(std::span<const double> logs, std::size_t first, int direction,
                           const NightOptions& options) {
  NightFinding finding;
  if (first < options.least_nights || first >= logs.size()) return finding;
  const auto newest = logs.subspan(first);
  const auto segment = segment_of(logs.first(first), options);
  finding.nights = newest.size();
  finding.compared = segment.nights;
  finding.before = segment.level;
  finding.spread = segment.spread;
  finding.after = newest.size() < 4 ? 0 : median(newest);
  if (newest.size() < 4) {
    for (const auto log : newest) finding.after += log / static_cast<double>(newest.size());
  }
  const auto above = [&](double log) { return direction * (log - segment.level); };
  finding.deviations = above(finding.after) /
                       std::hypot(segment.spread / std::sqrt(static_cast<double>(finding.nights)),
                                  error_of_level(finding));
  const auto size = std::expm1(above(finding.after));
  finding.large = size >= options.large_change;
  // Every one of the last three nights has to be on the far side by itself: one that was odd is no
  // level.
  const auto last = newest.last(std::min(newest.size(), kMostTogether));
  const auto each =
      std::ranges::all_of(last, [&](double log) { return above(log) >= above(finding.after) / 3; });
  finding.suspicious =
      each && size >= options.least_change && finding.deviations >= options.suspicious_deviations;
  return finding;
}

NightFinding test_newest_night(std::span<const double> logs, int direction,
                               const NightOptions& options) {
  NightFinding strongest;
  for (std::size_t nights = 1; nights <= kMostTogether && nights < logs.size(); ++nights) {
    const auto finding = finding_since(logs, logs.size() - nights, direction, options);
    if (finding.suspicious &&
        (!strongest.suspicious || finding.deviations > strongest.deviations)) {
      strongest = finding;
    }
  }
  return strongest;
}

NightFinding strongest_finding(std::span<const double> logs, const NightOptions& options) {
  NightFinding strongest;
  for (const int direction : {1, -1}) {
    const auto finding = test_newest_night(logs, direction, options);
    if (finding.suspicious &&
        (!strongest.suspicious || finding.deviations > strongest.deviations)) {
      strongest = finding;
    }
  }
  if (strongest.suspicious) return strongest;
  // Smaller changes show in many nights only. Those further back were looked at when they were new.
  constexpr std::size_t kRecent = 10;
  const auto points = find_change_points(logs);
  if (points.empty() || points.back().index + kRecent < logs.size()) return strongest;
  return finding_since(logs, points.back().index,
                       points.back().after > points.back().before ? 1 : -1, options);
}

bool confirms(const NightFinding& finding, const Estimate& again, const NightOptions& options) {
  return (finding.nights >= 2 || finding.large) && may_be(finding, again, options);
}

bool may_be(const NightFinding& finding, const Estimate& again, const NightOptions& options) {
  if (!finding.suspicious || !again.interval) return false;
  const auto direction = finding.after > finding.before ? 1 : -1;
  const auto distance = direction * (again.value - finding.before);
  // What differs between blocks shows in the interval; what differs between nights does not, and
  // may be as much as half of the spread.
  constexpr double kTwoSided95 = 1.96;
  const auto error = std::max((again.interval->high - again.interval->low) / (2 * kTwoSided95),
                              finding.spread / 2);
  const auto deviations = distance / std::hypot(error, error_of_level(finding));
  return std::expm1(distance) >= options.least_change &&
         distance >= std::abs(finding.after - finding.before) / 2 &&
         deviations >= options.again_deviations &&
         (deviations + finding.deviations) / std::sqrt(2.0) >= options.confirmed_deviations;
}

}  // namespace strata::results
