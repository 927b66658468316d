#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/environment.h"

namespace strata::results {

/// Reads what is known of this machine: CPU, caches, microcode, kernel, command line, mitigations,
/// governor, turbo, SMT, hypervisor, memory, cgroup version, load, pressure, steal, ASLR, clock
/// source, disk and file system of `scratch`, git revision, compiler and flags of Strata. `root` is
/// "/" except in tests, which lay out a small tree of files. What can't be read is left out.
Environment capture_environment(const std::filesystem::path& scratch,
                                const std::filesystem::path& root = "/");

/// Whether a fact must agree before two results may be compared: false for what may differ between
/// two runs without making them incomparable, such as load.
bool belongs_to_class(std::string_view fact);

/// What in `environment` disturbs measurements, worst first.
std::vector<Disturbance> find_disturbances(const Environment& environment);

}  // namespace strata::results
