#pragma once

#include <optional>
#include <string>

#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// How fast a guest's processor went round an empty loop, in rounds a second.
struct LoopRates {
  double ring0 = 0;  ///< as a kernel
  double ring3 = 0;  ///< as a program
};

/// Runs two loops of two instructions through /dev/kvm, in long mode: at hardware's speed each
/// takes microseconds. Ends after 0.3 s at most, whatever the kernel does. Throws Error: no
/// /dev/kvm, no right to it, or it can't do what every KVM can.
LoopRates run_kvm_loops();

enum class KvmVerdict {
  kHardware,   ///< ring 0 runs on the processor: a kernel will start
  kRing3Only,  ///< programs run on the processor, kernels are emulated one instruction at a time
  kEmulated,   ///< neither runs on the processor
};

/// What the rates mean. Hardware is beyond 1e8 rounds a second, an emulator two orders of magnitude
/// below.
KvmVerdict judge(const LoopRates& rates);

/// The verdict and the figures it rests on, for people.
std::string describe(KvmVerdict verdict, const LoopRates& rates);

}  // namespace strata::drivers
