#pragma once

#include <string>
#include <string_view>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// The options that every driver of containers has, so that a target of one differs from a target
/// of another in nothing else.
inline constexpr OptionSpec kCpusOption{
    "cpus", "", "CPU time per wall time that an instance may use: 0.5; no limit if empty"};
inline constexpr OptionSpec kCpusetOption{
    "cpuset", "", "CPUs that an instance may run on: \"0-1,3\"; all if empty"};
inline constexpr OptionSpec kMemoryOption{
    "memory", "", "memory that an instance may use, without swap: \"256 MiB\"; no limit if empty"};
inline constexpr OptionSpec kPidsOption{"pids", "",
                                        "processes that an instance may have; no limit if empty"};
inline constexpr OptionSpec kSecurityOption{
    "security", "default",
    "default (capabilities and system calls as the Docker engine allows them), hardened (as "
    "nobody, "
    "without any capability) or privileged; each without new privileges"};
inline constexpr OptionSpec kSeccompOption{
    "seccomp", "default", "default (system calls are filtered as `security` says) or off"};

/// The limits that the target's options ask for. Throws UsageError for what is no such limit.
Limits limits_of(const Target& target);
/// Those of `first`, and of `second` where `first` has none.
Limits merged(const Limits& first, const Limits& second);

/// "256 MiB", "1GiB", "65536": a size. Throws UsageError; `tried` is for its text.
Bytes parse_size(std::string_view text, const std::string& tried);
/// "0-1,3" as 0, 1, 3. Throws UsageError.
std::vector<std::uint32_t> parse_cpu_set(std::string_view text, const std::string& tried);

/// Throws UsageError unless `security` and `seccomp` are what their help says.
void require_security_options(const Target& target);

/// Who "nobody" is, in every Linux.
inline constexpr unsigned kNobody = 65534;

}  // namespace strata::drivers
