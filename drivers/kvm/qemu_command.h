#pragma once

#include <string>
#include <vector>

#include "drivers/kvm/guest_definition.h"

namespace strata::drivers {

/// Descriptors as QEMU's own process sees them.
struct QemuDescriptors {
  int monitor = -1;  ///< a socket for QMP
  int agent = -1;
  int console = -1;
  int state = -1;    ///< only of a guest that is saved or restored
  int network = -1;  ///< what the network device's packets go through
  int vhost = -1;
};

/// The arguments behind QEMU's name for a guest. It stands still until it is told to run (-S), ends
/// when the guest resets, and reads no configuration but this.
std::vector<std::string> qemu_arguments(const GuestDefinition& guest,
                                        const QemuDescriptors& descriptors);

/// "x86_64" or "aarch64": whose machine it is.
std::string architecture_of(const std::string& machine);

}  // namespace strata::drivers
