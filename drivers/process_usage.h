#pragma once

#include <sys/types.h>

#include <optional>

#include "drivers/driver.h"

namespace strata::drivers {

/// CPU time (its own and that of the children it waited for), PSS and peak resident set of one
/// process, from /proc. What can't be read is absent.
SideUsage usage_of_process(pid_t pid);

/// CPU time of one process without its children.
std::optional<Duration> own_cpu_of_process(pid_t pid);

/// CPU time of one thread of a process.
std::optional<Duration> cpu_of_thread(pid_t pid, pid_t thread);

/// The process that it is a child of. Nothing if there is no such process.
std::optional<pid_t> parent_process(pid_t pid);

}  // namespace strata::drivers
