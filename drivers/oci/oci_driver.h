#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/oci/oci_instance.h"
#include "drivers/oci/runtime.h"
#include "drivers/scratch_folders.h"

namespace strata::drivers {

/// Runs the bundle in a container that an OCI runtime makes, without an engine: the same root,
/// mounts, capabilities, filter of system calls and limits as the docker driver's, so that what the
/// engine adds can be told from what the runtime costs. Needs root.
class OciDriver final : public Driver {
 public:
  /// Throws UsageError for an option value that cannot be.
  OciDriver(Target target, const DriverContext& context);

  /// Starts a container of nothing but the agent, and looks at it from inside.
  Availability probe(Deadline deadline) override;
  /// Lays the bundle out below the cache folder, once for each digest. An instance's root is an
  /// overlay over it.
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;

 private:
  /// The runtime, which is looked for the first time.
  std::shared_ptr<Runtime> runtime(Deadline deadline);
  /// Reads what configurations have in common. Once.
  void get_ready(Deadline deadline);

  Target target_;
  Limits limits_;  ///< that the target's options ask for
  const DriverContext& context_;
  std::shared_ptr<Runtime> runtime_;
  bool is_ready_ = false;
  nlohmann::json filter_;           ///< of system calls; null: none
  std::filesystem::path skeleton_;  ///< the folders that a root has beside the bundle's
  ScratchFolders folders_;          ///< of instances
  ScratchFolders scratch_;
};

extern const DriverEntry kOciDriverEntry;

}  // namespace strata::drivers
