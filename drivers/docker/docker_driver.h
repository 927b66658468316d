#pragma once

#include <memory>

#include "drivers/docker/docker_instance.h"
#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/scratch_folders.h"

namespace strata::drivers {

/// Runs the bundle in a container of a Docker engine, through any OCI runtime that the engine
/// knows. What an instance is: see DockerInstance.
class DockerDriver final : public Driver {
 public:
  /// Throws UsageError for an option value that cannot be.
  DockerDriver(Target target, const DriverContext& context);

  /// Starts a container of nothing but the agent, looks at it from inside, and tries its network.
  Availability probe(Deadline deadline) override;
  /// An image made from the bundle, called strata:DIGEST; used again if the engine has it.
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;

 private:
  std::unique_ptr<DockerInstance> start_container(const Prepared& prepared, const Limits& limits,
                                                  Deadline deadline);

  Target target_;
  Limits limits_;  ///< that the target's options ask for
  const DriverContext& context_;
  DockerInstance::Services services_;
  ScratchFolders scratch_;
};

extern const DriverEntry kDockerDriverEntry;

}  // namespace strata::drivers
