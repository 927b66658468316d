#pragma once

#include <sys/types.h>

#include "drivers/driver.h"

namespace strata::drivers {

/// CPU time (its own and that of the children it waited for), PSS and peak resident set of one
/// process, from /proc. What can't be read is absent.
SideUsage usage_of_process(pid_t pid);

}  // namespace strata::drivers
