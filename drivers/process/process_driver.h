#pragma once

#include <memory>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/process/scratch_folders.h"

namespace strata::drivers {

/// Runs the bundle as a bare process of this host: no namespace, no cgroup, no other root. The
/// baseline of every comparison. Phases: requested, created (posix_spawn has returned), main,
/// ready, stopped, removed; a process is launched by being created.
class ProcessDriver final : public Driver {
 public:
  ProcessDriver(Target target, const DriverContext& context);

  Availability probe(Deadline deadline) override;
  /// Lays the bundle out below the cache folder, once for each digest.
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  /// `limits`: only what a bare process can be given, which is none; any throws UsageError.
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;

 private:
  Target target_;
  const DriverContext& context_;
  std::shared_ptr<ScratchFolders> scratch_;  ///< shared with the instances, which give theirs back
};

extern const DriverEntry kProcessDriverEntry;

}  // namespace strata::drivers
