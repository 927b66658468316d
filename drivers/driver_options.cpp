// Apart from the table, which needs every driver: this is what drivers need of it.
#include <fmt/format.h>

#include <algorithm>

#include "drivers/driver_table.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/near_match.h"

namespace strata::drivers {

void require_one_of(const Target& target, const std::string& option,
                    std::span<const std::string> allowed) {
  const auto& value = target.options.at(option);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  throw UsageError(fmt::format("read target \"{}\"", target.name),
                   fmt::format("{} = \"{}\" can't be", option, value), suggest(value, allowed));
}

}  // namespace strata::drivers
