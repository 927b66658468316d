#pragma once

#include <sys/types.h>

#include <cstdint>

namespace strata::agent {

/// Makes orphans of this process's descendants its own children, so that kill_descendants finds
/// them.
void adopt_orphans();

/// Kills and reaps every descendant of this process, also those in sessions of their own, and
/// returns how many were alive. Needs adopt_orphans; without /proc, as PID 1 it kills whatever else
/// is in its PID namespace, and else the process group `group`.
std::uint32_t kill_descendants(pid_t group);

}  // namespace strata::agent
