#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "results/vocabulary/bytes.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {

/// One invocation of a deployed function that is over.
struct EndedInvocation {
  enum class End : std::uint8_t { kGood, kThrottled, kFailed };
  std::uint64_t id = 0;
  End end = End::kFailed;
  TimePoint sent;
  TimePoint answered;
  bool is_cold = false;  ///< a sandbox was started for it
  // What the platform says of it.
  std::optional<Duration> billed;
  std::optional<Duration> init;
  Failure failure;  ///< unless it is good
};

/// A function on a platform, with as many sandboxes as the platform thinks fit. Destruction deletes
/// it. Used from one thread.
class Deployment {
 public:
  Deployment() = default;
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;
  virtual ~Deployment() = default;

  /// Sends an invocation that waits for `work` inside, without waiting for its answer, which has to
  /// come within `limit`.
  virtual void begin(std::uint64_t id, Duration work, Duration limit) = 0;
  /// Waits until one of them is over, or until that moment, to the microsecond; returns those that
  /// are.
  virtual std::vector<EndedInvocation> wait(TimePoint until) = 0;
  [[nodiscard]] virtual std::size_t under_way() const = 0;
  /// What one sandbox is given.
  [[nodiscard]] virtual Bytes memory() const = 0;
  /// Orderly end. Throws Error.
  virtual void remove(Deadline deadline) = 0;
};

/// What a driver is beside a Driver if its paradigm starts instances by itself, as requests come:
/// functions. Found by dynamic_cast; a driver's user that has no use for it never sees it.
class FunctionPlatform {
 public:
  FunctionPlatform() = default;
  FunctionPlatform(const FunctionPlatform&) = delete;
  FunctionPlatform& operator=(const FunctionPlatform&) = delete;
  virtual ~FunctionPlatform() = default;

  /// Deploys what was prepared; no sandbox is started yet. `most_sandboxes`: more at a time are
  /// refused. Throws Error; nothing is left then.
  virtual std::unique_ptr<Deployment> deploy(const Prepared& prepared,
                                             std::optional<std::uint32_t> most_sandboxes,
                                             Deadline deadline) = 0;
};

}  // namespace strata::drivers
