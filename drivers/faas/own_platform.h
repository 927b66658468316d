#pragma once

#include <memory>
#include <string>

#include "drivers/driver_table.h"
#include "drivers/faas/platform.h"
#include "results/vocabulary/target.h"

namespace strata::drivers::faas {

/// Strata's own function platform, running in this process for the drivers of one target; see
/// emulator.h. Its sandboxes are instances of another target.
class OwnPlatform : public std::enable_shared_from_this<OwnPlatform> {
 public:
  /// The platform of that target and run: the one that runs already, or a new one. It ends with its
  /// last user. What `context` refers to must outlive it. Throws Error. Thread-safe.
  static std::shared_ptr<OwnPlatform> of(const Target& target, const Target& isolation,
                                         const DriverContext& context);

  OwnPlatform(const Target& isolation, const DriverContext& context, std::string folder);
  OwnPlatform(const OwnPlatform&) = delete;
  OwnPlatform& operator=(const OwnPlatform&) = delete;
  /// Ends all its sandboxes.
  ~OwnPlatform();

  /// What is returned keeps this alive.
  [[nodiscard]] Platform platform() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::drivers::faas
