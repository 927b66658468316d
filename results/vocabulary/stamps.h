#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "results/vocabulary/clock.h"

namespace strata {

/// The moments of an instance's life, in order. Each is an arrival on the host's monotonic clock.
enum class Stamp {
  kRequested,  ///< start() was called
  kCreated,   ///< the sandbox object exists: container created, VMM process up, child process there
  kLaunched,  ///< the start call returned, or the guest began to run
  kKernel,    ///< the guest kernel took over
  kMain,      ///< the agent's first byte arrived
  kReady,     ///< the host holds the agent's hello
  kFirstResult,  ///< the first job's sample arrived
  kStopped,      ///< the agent is gone: end of its stream
  kRemoved,      ///< nothing of the instance is left
};
inline constexpr std::size_t kStampCount = 9;

/// "requested", "created", … the names of the result file.
std::string_view name_of(Stamp stamp);
std::optional<Stamp> stamp_named(std::string_view name);

/// The stamps an instance has so far. One that its paradigm does not have is absent, never zero.
/// In docker, `main` may come before `launched`: the first byte overtakes the answer of the engine.
class Stamps {
 public:
  void set(Stamp stamp, TimePoint at) { at_[static_cast<std::size_t>(stamp)] = at; }
  [[nodiscard]] std::optional<TimePoint> at(Stamp stamp) const {
    return at_[static_cast<std::size_t>(stamp)];
  }
  /// From `from` to `to`; absent if either is.
  [[nodiscard]] std::optional<Duration> between(Stamp from, Stamp to) const;
  /// ready - requested, the headline figure.
  [[nodiscard]] std::optional<Duration> startup() const {
    return between(Stamp::kRequested, Stamp::kReady);
  }

  /// Round trip of one byte to the agent and back, the cost of the signal itself; the least of
  /// several.
  std::optional<Duration> signal_round_trip;

  bool operator==(const Stamps&) const = default;

 private:
  std::array<std::optional<TimePoint>, kStampCount> at_{};
};

}  // namespace strata
