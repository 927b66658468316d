#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"
#include "results/vocabulary/clock.h"
#include "results/vocabulary/target.h"

namespace strata::drivers {

/// What drivers are given by whoever runs them. Outlives every driver made with it.
struct DriverContext {
  Clock& clock;
  std::string run_id;  ///< set as label and as STRATA_RUN_ID on everything that is created
  std::filesystem::path cache_directory;  ///< prepared bundles; shared by runs, safe to delete
  std::filesystem::path
      private_directory;        ///< this run's sockets and scratch; removed by its owner
  std::filesystem::path agent;  ///< strata-agent for this machine type
};

/// One option of a driver, for help, checking and near-match hints.
struct OptionSpec {
  std::string_view name;
  std::string_view default_value;
  std::string_view help;
};

/// What decides whether a thing that carries a run's id was left behind by a run that is dead.
using AbandonedTest = std::function<bool(std::string_view run_id)>;

/// One driver as data. The folder drivers/NAME, once strata_driver(NAME) lists it, defines
/// `extern const DriverEntry kNAMEDriverEntry` (NAME with a capital).
struct DriverEntry {
  std::string_view name;
  std::string_view summary;
  std::span<const OptionSpec> options;
  /// Targets that are there without any suite naming them.
  std::vector<Target> (*shipped_targets)();
  /// Throws UsageError for an option value that cannot be. Options are complete: see make_driver.
  std::unique_ptr<Driver> (*make)(const Target& target, const DriverContext& context);
  /// Removes what dead runs left behind with this driver and, if `with_cache`, what prepare()
  /// cached. Returns one line for each thing removed. Throws Error if it could not look.
  std::vector<std::string> (*clean)(const AbandonedTest& is_abandoned, bool with_cache,
                                    const DriverContext& context);
};

/// Every driver that was built in, in the order they are registered.
std::span<const DriverEntry* const> driver_table();

/// The entry called `name`; throws UsageError with a near match if there is none.
const DriverEntry& find_driver(std::string_view name);

/// Checks the target's options against the driver's list, fills in defaults, and makes the driver.
/// Throws UsageError: unknown driver, unknown option, value that cannot be.
std::unique_ptr<Driver> make_driver(Target target, const DriverContext& context);

/// Throws UsageError unless `value` is one of `allowed`.
void require_one_of(const Target& target, const std::string& option,
                    std::span<const std::string> allowed);

}  // namespace strata::drivers
