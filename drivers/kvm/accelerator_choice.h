#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "drivers/kvm/guest_definition.h"
#include "drivers/kvm/kvm_loops.h"

namespace strata::drivers {

/// What accelerates guests here, and why.
struct AcceleratorChoice {
  Accelerator accelerator = Accelerator::kTcg;
  std::string why;

  bool operator==(const AcceleratorChoice&) const = default;
};

/// How the choice is found out; parameters so that tests can play a host.
struct AcceleratorTrials {
  std::function<LoopRates()> run_loops;  ///< throws Error where there is no KVM
  std::function<void()> boot_canary;     ///< boots a guest under KVM up to its init; throws Error
};

/// Chooses KVM only if kernels are proved to run: the loops are at hardware's speed and a guest has
/// reached its init. Else TCG. Remembers the choice in `file` under `key`, all that it depends on:
/// another key, or a file that can't be read, and it is found out again. Never throws.
AcceleratorChoice choose_accelerator(const std::filesystem::path& file, const std::string& key,
                                     const AcceleratorTrials& trials);

/// The host's kernel, microcode and CPU, for the key.
std::string host_key();

/// "tcg", "kvm" or, on a host that is a virtual machine itself, "nested-kvm".
std::string accelerator_fact(Accelerator accelerator);

}  // namespace strata::drivers
