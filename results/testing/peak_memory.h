#pragma once

#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace strata::results::testing {

/// What was freed goes back and the kernel's mark is set to what is left; see proc(5), clear_refs.
inline void reset_peak_memory() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

/// The largest resident set of this process since then, what was there before included.
inline double peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

}  // namespace strata::results::testing
