#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/child_process.h"
#include "drivers/kvm/guest_link.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// passt (passt.top): a process that turns a guest's packets into sockets of the host, without any
/// right of root. It ends when its guest does.
class PasstLink final : public GuestLink {
 public:
  /// Starts `program`. Throws Error if it is not there.
  PasstLink(const std::string& program, const std::vector<std::string>& environment,
            const std::vector<std::uint32_t>& cpus);

  [[nodiscard]] GuestNetwork device() const override;
  [[nodiscard]] std::string guest_address() const override { return kUserGuestAddress; }
  [[nodiscard]] NetworkPath path() const override;
  [[nodiscard]] std::vector<pid_t> processes() const override;
  void hand_over() override { guest_end_.reset(); }
  void require_alive() override;

 private:
  UniqueFd output_;     ///< a file of memory for what it prints
  UniqueFd guest_end_;  ///< the VMM's end of the socket that packets go through
  std::string address_;
  std::optional<ChildProcess> process_;
};

/// What passt is started with: `socket` is its number of the socket to the guest, `address` the
/// loopback address at which the host reaches the guest's port.
std::vector<std::string> passt_arguments(int socket, const std::string& address);

}  // namespace strata::drivers
