#pragma once

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/scratch_folders.h"

namespace strata::drivers {

/// Runs the bundle as a bare process of this host: no namespace, no cgroup, no other root. The
/// baseline of every comparison. Phases: requested, created (posix_spawn has returned), main,
/// ready, stopped, removed; a process is launched by being created.
class ProcessDriver final : public Driver {
 public:
  ProcessDriver(Target target, const DriverContext& context);

  /// Starts an agent.
  Availability probe(Deadline deadline) override;
  /// Lays the bundle out below the cache folder, once for each digest.
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  /// `limits`: a bare process can be given a CPU set; any other limit throws UsageError.
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;

 private:
  Target target_;
  const DriverContext& context_;
  ScratchFolders scratch_;
};

extern const DriverEntry kProcessDriverEntry;

}  // namespace strata::drivers
