#pragma once

#include <span>
#include <string_view>

namespace strata::agent {

/// Whether this is the first process of a virtual machine, started by its kernel from an initramfs.
/// (A container's entry point has process number 1 as well, but another name.)
bool is_guest_init(std::string_view own_name);

/// The very first act in a guest: a mark on the console, which is all there is yet.
void mark_console();

/// Mounts what programs expect, loads the modules listed in /strata/guest/modules, finds the port
/// to the host and makes it standard input and output; the network, too, if STRATA_NETWORK is set.
/// False: the console has been told why.
bool connect_guest();

/// Makes the disk that STRATA_ROOT names the root of all that follows, with the bundle at /strata
/// on it; without that variable the initramfs stays the root. False: the console has been told why.
bool enter_root();

/// Mounts the scratch disk, if STRATA_DISK names one. False: the console has been told why.
bool mount_scratch();

/// Whether the guest was booted to be saved, and each copy of it is to be resumed.
bool waits_for_resume();

/// Sets the clock, mixes the host's random bytes in and starts the generator anew, takes the run's
/// id over. False: `payload` is none, or the console has been told why.
bool resume_guest(std::span<const std::byte> payload);

/// Ends the virtual machine.
[[noreturn]] void power_off();

}  // namespace strata::agent
