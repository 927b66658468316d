#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace strata::drivers {

/// A process to start that must not outlive this one.
struct OwnedStart {
  std::string program;                 ///< path
  std::vector<std::string> arguments;  ///< without its name
  std::vector<std::string> environment;
  std::vector<int> descriptors;  ///< what it gets as 0, 1, 2, …, and nothing else
  std::vector<std::uint32_t> cpus;
};

/// Starts it in a session of its own; returns its number once it has become the program. The kernel
/// kills it when this process ends, however it ends (PR_SET_PDEATHSIG). Since the kernel does so at
/// the end of the thread that started it, one thread starts them all and lives as long as this
/// process. Thread-safe. Throws Error, also if the program can't be executed.
pid_t start_owned(const OwnedStart& start);

}  // namespace strata::drivers
