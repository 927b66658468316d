#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::drivers {

/// A process of this host that has a variable in its environment.
struct FoundProcess {
  pid_t pid = 0;
  std::string name;   ///< as ps shows it
  std::string value;  ///< of the variable
};

/// Every process whose environment (as it was when it started) has `variable`, apart from this one.
/// Those that may not be looked at are passed over.
std::vector<FoundProcess> processes_with(std::string_view variable);

/// Kills those of them that `chosen` approves of, looking again until none is left, since what is
/// being killed may just have forked. Returns those that were killed.
std::vector<FoundProcess> kill_processes_with(
    std::string_view variable, const std::function<bool(const FoundProcess&)>& chosen);

}  // namespace strata::drivers
