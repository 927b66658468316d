#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

namespace strata::drivers {

/// Starts `program` with no arguments, these variables as its whole environment and these
/// descriptors as its input, output and error output, in a session of its own with all signals at
/// their defaults. By posix_spawn, which lends our memory instead of copying it: a start that is
/// timed must not depend on how large this process is. Throws Error.
pid_t spawn(const std::string& program, std::vector<std::string> environment,
            const std::array<int, 3>& descriptors);

}  // namespace strata::drivers
