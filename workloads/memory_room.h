#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace strata::workloads {

/// How much memory a program can still take here, in bytes: the least of what the kernel calls
/// available, what the cgroup (v2 or v1) leaves, and the limit on the address space. What can't be
/// read does not limit. `root`: where /proc and /sys are found.
std::uint64_t memory_room(const std::string& root = "");

/// Whether `bytes` can be had; fails the workload if not. Asked before arrays are made, since a
/// cgroup that is full does not refuse memory but kills.
bool require_memory(benchmark::State& state, std::uint64_t bytes);

/// The size of the last-level cache that a CPU reaches, in bytes, as the kernel says it in `root`
/// /sys; 32 MiB if it says nothing. (What the C library says may be the sum over a whole socket.)
std::uint64_t last_level_cache(const std::string& root = "");

}  // namespace strata::workloads
