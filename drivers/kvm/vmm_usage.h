#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "drivers/driver.h"

namespace strata::drivers {

/// Resident memory of the largest mapping of exactly `size` in the text of a /proc/PID/smaps: the
/// guest's memory as far as it was touched. Proportional where pages are shared. Absent if there is
/// none of that size.
std::optional<Bytes> guest_memory_in(std::string_view smaps, Bytes size);

/// What a VMM's process uses, split into the guest's side (its memory, the threads of its virtual
/// CPUs) and the VMM's own, to which that of its `helpers` is added. Of the VMM's own CPU time,
/// "main" is its first thread's and "io" that of the threads that wait for disks and the like, also
/// of those that have ended. What can't be read is absent.
Usage usage_of_vmm(pid_t pid, const std::vector<pid_t>& vcpu_threads, Bytes guest_memory,
                   const std::vector<pid_t>& helpers = {});

}  // namespace strata::drivers
