#pragma once

#include <optional>
#include <string_view>

#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas {

/// What a platform says of one invocation in its log. What it does not say is absent.
struct Report {
  std::optional<Duration> duration;  ///< of the handler
  std::optional<Duration> billed;
  std::optional<Duration> init;      ///< only if a sandbox was started for it
  std::optional<Duration> restore;   ///< only if it was restored from a snapshot
  std::optional<Bytes> memory_size;  ///< what the function is given
  std::optional<Bytes> memory_used;  ///< at most, in this sandbox so far
};

/// Reads the REPORT line of a function's log, the last if there are several:
///
///     REPORT RequestId: 8f50…  Duration: 1.23 ms  Billed Duration: 2 ms  Memory Size: 128 MB
///     Max Memory Used: 30 MB  Init Duration: 110.62 ms
///
/// (one line, its fields separated by tabs). Nothing if there is none. A log is outside data: a
/// field that is not a number from 0 to a year in milliseconds, or to 2^40 MB, is passed over.
std::optional<Report> report_in(std::string_view log);

}  // namespace strata::drivers::faas
