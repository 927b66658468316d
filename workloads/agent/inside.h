#pragma once

#include <string>

namespace strata::agent {

/// What an instance looks like to a program in it, as one line of JSON: the mount that the scratch
/// folder is on, the CPUs, what its cgroup allows, and what the kernel keeps it from. The texts are
/// the kernel's own; what can't be read is left out. Read by drivers/inside.h.
std::string describe_inside(const std::string& scratch);

}  // namespace strata::agent
