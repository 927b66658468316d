#include "drivers/driver_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/vocabulary/near_match.h"

namespace strata::drivers {

const DriverEntry& find_driver(std::string_view name) {
  std::vector<std::string> names;
  for (const auto* const entry : driver_table()) {
    if (entry->name == name) return *entry;
    names.emplace_back(entry->name);
  }
  throw UsageError(fmt::format("find driver \"{}\"", name), "there is no such driver",
                   suggest(name, names));
}

std::unique_ptr<Driver> make_driver(Target target, const DriverContext& context) {
  const auto& entry = find_driver(target.driver);
  std::vector<std::string> names;
  for (const auto& option : entry.options) names.emplace_back(option.name);
  for (const auto& [name, value] : target.options) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw UsageError(fmt::format("read target \"{}\"", target.name),
                       fmt::format("driver {} has no option \"{}\"", entry.name, name),
                       suggest(name, names));
    }
  }
  for (const auto& option : entry.options) {
    target.options.try_emplace(std::string(option.name), option.default_value);
  }
  return entry.make(target, context);
}

}  // namespace strata::drivers
