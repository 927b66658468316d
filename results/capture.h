#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/vocabulary/environment.h"

namespace strata::results {

/// Reads what is known of this machine: CPU, caches, microcode, kernel, command line, mitigations,
/// governor, turbo, SMT, hypervisor, memory, cgroup version, load, pressure, steal, ASLR, clock
/// source, disk and file system of `scratch`, git revision, compiler and flags of Strata. `root` is
/// "/" except in tests, which lay out a small tree of files. What can't be read is left out.
Environment capture_environment(const std::filesystem::path& scratch,
                                const std::filesystem::path& root = "/");

/// What in `environment` disturbs measurements, worst first.
std::vector<Disturbance> find_disturbances(const Environment& environment);

}  // namespace strata::results
