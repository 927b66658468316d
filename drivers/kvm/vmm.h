#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/kvm/guest_definition.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// Our ends of a guest's two channels: sockets that the VMM holds the other ends of. They are
/// there before the VMM is, so nothing the guest says can be lost.
struct GuestChannels {
  UniqueFd agent;    ///< the virtio serial port called "strata"
  UniqueFd console;  ///< the first serial line
};

/// One virtual machine in its VMM's process, which dies with this object and with this process.
/// Used from one thread.
class Guest {
 public:
  Guest() = default;
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  virtual ~Guest() = default;

  [[nodiscard]] virtual pid_t pid() const = 0;
  /// When the VMM said that the machine is there.
  [[nodiscard]] virtual TimePoint created_at() const = 0;
  /// Lets the virtual CPUs run; one that is_restored gets its state first. Throws Error.
  virtual void begin(Deadline deadline) = 0;
  /// The threads that run virtual CPUs, by their number.
  virtual std::vector<pid_t> vcpu_threads(Deadline deadline) = 0;
  /// Writes all but the memory, which is in its shared memory_file, to the definition's state_fd;
  /// the guest does not run any more. Throws Error.
  virtual void save(Deadline deadline) = 0;
  /// The host's port that leads to `guest_port` inside, with user networking. Throws Error.
  virtual std::uint16_t forwarded_port(std::uint16_t guest_port, Deadline deadline) = 0;
  /// Waits until the VMM has ended of itself; how it ended, if that was no good end. Throws
  /// DeadlineExceeded.
  virtual std::optional<std::string> wait_for_end(Deadline deadline) = 0;
  /// Why the host could not serve the guest's disk, so that the guest was told of an error; empty
  /// if it always could.
  virtual std::string disk_error() = 0;
  /// What the VMM knows of the guest's end or of its own, for error texts; waits a moment for it.
  virtual std::string last_words() = 0;
};

/// How one kind of virtual machine monitor is started. A second one (Firecracker, Cloud Hypervisor)
/// is another class like this, in a file of its own.
class Vmm {
 public:
  Vmm() = default;
  Vmm(const Vmm&) = delete;
  Vmm& operator=(const Vmm&) = delete;
  virtual ~Vmm() = default;

  /// Its version, from itself. Throws Error if it can't be run.
  virtual std::string version(Deadline deadline) = 0;
  /// Starts a VMM with the machine in it, whose virtual CPUs don't run yet, and returns once the
  /// machine is there. `channels` gets our ends. Throws Error; nothing is left then.
  virtual std::unique_ptr<Guest> create(const GuestDefinition& definition, GuestChannels& channels,
                                        Deadline deadline) = 0;
};

}  // namespace strata::drivers
