#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// Kills what is in the cgroups at the top of any hierarchy whose names `chosen` picks, and removes
/// them. A name is taken for one of ours by who chooses. Returns the names of those that are gone
/// now and were there before. What can't be removed before the deadline stays.
std::vector<std::string> remove_cgroups(const std::function<bool(std::string_view name)>& chosen,
                                        Deadline deadline);

}  // namespace strata::drivers
