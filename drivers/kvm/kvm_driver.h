#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/kvm/accelerator_choice.h"
#include "drivers/kvm/guest_kernel.h"
#include "drivers/kvm/kvm_instance.h"
#include "drivers/kvm/kvm_settings.h"
#include "drivers/kvm/scratch_disks.h"
#include "drivers/kvm/snapshot.h"
#include "drivers/kvm/tap_bridge.h"
#include "drivers/kvm/vmm.h"

namespace strata::drivers {

/// Boots the bundle in a virtual machine: a kernel, an initramfs made of the bundle, and the agent
/// as its init.
class KvmDriver final : public Driver {
 public:
  /// Throws UsageError for options that can't be.
  KvmDriver(Target target, const DriverContext& context);

  Availability probe(Deadline deadline) override;
  Prepared prepare(const Bundle& bundle, Deadline deadline) override;
  std::unique_ptr<Instance> start(const Prepared& prepared, const Limits& limits,
                                  Deadline deadline) override;

 private:
  /// What has to be found out about the host before the first guest. Throws Error.
  void look_around(Deadline deadline);
  void choose_accelerator(Deadline deadline);
  /// A guest of the image that was booted once and saved, from the cache or made now.
  Snapshot provide_snapshot(const std::filesystem::path& image, Deadline deadline);
  [[nodiscard]] std::string snapshot_digest(const std::filesystem::path& image) const;
  /// Throws Error unless it is a snapshot that this driver would make of the image now, and whole.
  void require_own(const Snapshot& snapshot, const std::filesystem::path& image) const;
  /// Throws UsageError for a kernel of one's own that is of another machine type.
  void require_kernel() const;
  /// Throws UsageError for a root disk that can't be read or is no raw one.
  void require_root_disk() const;
  /// Throws UsageError for a bundle of another machine type than the guest's.
  void require_machine(const Bundle& bundle) const;
  /// What the scratch disks of guests from `location` are copies of.
  std::filesystem::path disk_source(const std::filesystem::path& location, Deadline deadline);
  void add_disk(GuestDefinition& guest, const std::filesystem::path& source);
  void require_possible(const Limits& limits) const;
  [[nodiscard]] std::filesystem::path agent() const;
  [[nodiscard]] std::string command_line() const;
  /// All of a guest but its disk and network, and what is different in one that is saved or
  /// restored.
  [[nodiscard]] GuestDefinition definition(const std::filesystem::path& image) const;
  /// What a new guest's network leads to, and its device.
  void add_network(KvmSetup& setup);
  [[nodiscard]] std::map<std::string, std::string> facts() const;

  Target target_;
  DriverContext context_;
  KvmSettings settings_;
  std::unique_ptr<Vmm> vmm_;
  ScratchDisks disks_;
  std::shared_ptr<TapBridge> bridge_;
  std::optional<GuestKernel> kernel_;
  std::map<std::filesystem::path, std::filesystem::path> images_;  ///< by snapshot
  std::string vmm_version_;
  std::string host_key_;
  AcceleratorChoice choice_;
  std::string disk_aio_;
  std::string disk_cache_;
  std::uint64_t tsc_khz_ = 0;
};

extern const DriverEntry kKvmDriverEntry;

}  // namespace strata::drivers
