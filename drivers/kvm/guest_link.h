#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/kvm/guest_definition.h"

namespace strata::drivers {

/// What QEMU's own network calls the host and the guest (see its documentation of -netdev user),
/// and passt does at our request.
inline constexpr auto kUserHost = "10.0.2.2";
inline constexpr auto kUserGuest = "10.0.2.15";
inline constexpr auto kUserGuestAddress = "10.0.2.15/24/10.0.2.2";  ///< for the agent

/// What a guest's network device leads to, where that is not the VMM itself. Belongs to one guest
/// and ends with this object. Used from one thread.
class GuestLink {
 public:
  GuestLink() = default;
  GuestLink(const GuestLink&) = delete;
  GuestLink& operator=(const GuestLink&) = delete;
  virtual ~GuestLink() = default;

  /// The device, for the machine's definition; its descriptors are lent.
  [[nodiscard]] virtual GuestNetwork device() const = 0;
  /// What the agent gives the device: "ADDRESS/BITS/GATEWAY".
  [[nodiscard]] virtual std::string guest_address() const = 0;
  [[nodiscard]] virtual NetworkPath path() const = 0;
  /// Processes that carry the guest's packets.
  [[nodiscard]] virtual std::vector<pid_t> processes() const { return {}; }
  /// The VMM has its own copies of what device() lent: ours are closed.
  virtual void hand_over() = 0;
  /// Throws Error if the guest is cut off.
  virtual void require_alive() {}
};

}  // namespace strata::drivers
