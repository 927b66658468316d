#pragma once

#include <string>

#include "drivers/kvm/vmm.h"

namespace strata::drivers {

/// QEMU: one process a guest, driven over QMP.
class QemuVmm final : public Vmm {
 public:
  /// `program` is the path of a qemu-system-….
  explicit QemuVmm(std::string program) : program_(std::move(program)) {}

  std::string version(Deadline deadline) override;
  std::unique_ptr<Guest> create(const GuestDefinition& definition, GuestChannels& channels,
                                Deadline deadline) override;

 private:
  std::string program_;
};

}  // namespace strata::drivers
