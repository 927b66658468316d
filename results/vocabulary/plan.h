#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace strata {

/// One place in a run: what to run where. A plan is a list of them, in the order they are carried
/// out.
struct PlannedTrial {
  std::string workload;
  std::string target;
  bool control = false;
  std::uint32_t block = 0;

  bool operator==(const PlannedTrial&) const = default;
};

}  // namespace strata
