#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "results/comparison.h"
#include "results/history/history.h"

namespace strata::results {

/// What a result adds to a history: of each workload the metric that `headline` names ("real_time"
/// where it names none) and startup, as a ratio to the baseline for every other target and as it is
/// for the baseline. Cells without a usable value (one trial that is zero or negative, units that
/// don't match, too few) are left out with a warning.
Night night_of(const MeasuredRun& run, const std::map<std::string, std::string>& headline);

/// What a JSON file of a Google Benchmark program adds: the real time of each benchmark, absolute,
/// repetitions as trials. `target` is what its series are called after '@'. Outside data: throws
/// UsageError with the file's name for what is not such a file, or has no good benchmark in it.
Night night_of_google_benchmark(const std::filesystem::path& file, const std::string& target);

/// Seconds since 1970 of "2026-03-01T12:00:00Z" (or with an offset as "+01:00"); nothing for what
/// is no such text.
std::optional<std::int64_t> seconds_of_utc(const std::string& text);
/// The other way round.
std::string utc_of_seconds(std::int64_t seconds);

}  // namespace strata::results
