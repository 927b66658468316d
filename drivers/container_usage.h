#pragma once

#include "drivers/cgroup.h"
#include "drivers/driver.h"

namespace strata::drivers {

/// CPU time and memory of a container and, apart, of its supervisors: the shim (the parent of the
/// container's first process) and, of gVisor, the sentry and the gofer, although these are in the
/// container's own cgroup. A peak is what was charged to that cgroup, gVisor's sentry included.
/// Memory is PSS where the kernel has it.
Usage usage_of_container(const Cgroup& cgroup);

/// Sets `outcome.out_of_memory` if its program was killed and the kernel has killed a process of
/// the container for want of memory.
void note_out_of_memory(const Cgroup& cgroup, Outcome& outcome);

/// Adds what is there of `more`; a sum of nothing stays absent. Peaks are not added up: they may
/// have been at different times.
void add(SideUsage& sum, const SideUsage& more);

}  // namespace strata::drivers
