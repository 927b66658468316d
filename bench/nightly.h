#pragma once

#include <cstdint>
#include <string>

#include "bench/nightly_config.h"
#include "bench/progress.h"
#include "results/vocabulary/clock.h"

namespace strata::bench {

/// What a night came to.
struct NightOutcome {
  std::string json;             ///< what the notification command gets; also night.json
  bool has_regression = false;  ///< a confirmed one that nobody has accepted
  bool has_refuted_claim = false;
  bool interrupted = false;  ///< by a signal: the next call goes on with it
};

/// Carries out a night: the suite, the history, suspected cells run again, claims, report,
/// notification, retention. One at a time on a host, held by a lock. Each step leaves a file
/// behind, so that what a crash, a full disk or a reboot cut short is gone on with by the next
/// call, before the night of that call. `now`: seconds since 1970, from which the night has its
/// name; a night that was begun within the last 12 hours is gone on with and no other is begun.
/// Throws UsageError if another is going on, Error for what cut it short.
NightOutcome carry_out_night(const NightlyConfig& config, std::int64_t now, Clock& clock,
                             Progress& progress);

}  // namespace strata::bench
