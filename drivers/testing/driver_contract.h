#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/driver_table.h"
#include "drivers/testing/inventory.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/target.h"

namespace strata {

/// How a test that fails names its target.
inline std::ostream& operator<<(std::ostream& stream, const Target& target) {
  return stream << target.name;
}

}  // namespace strata

namespace strata::drivers::testing {

/// What every driver has to do, for each target that it ships. A target that this host can't run is
/// skipped with the reason its probe gave; where STRATA_REQUIRE_DRIVER (in capitals) is set, as
/// in STRATA_REQUIRE_DOCKER, that is a failure.
///
/// After each test nothing may be left: no process, child, descriptor, mount, cgroup or file.
class DriverContract : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// A program that does what its argument says, in a bundle.
  static const Bundle& contract_bundle();
  /// A job for it.
  static Job job(std::vector<std::string> arguments);
  /// Long enough for anything that is to succeed.
  static Deadline enough();

  std::unique_ptr<Instance> start(const Limits& limits = {});
  /// Starts an instance of a bundle whose agent is `agent`; it is expected to fail.
  Failure failure_of_agent(const std::filesystem::path& agent, Deadline deadline);
  /// Whether the target's instances are functions of a platform, which tells less of them.
  static bool is_function() { return GetParam().driver == "faas"; }
  /// Expects a UsageError: what the job asks for is not to be had of this target.
  static void expect_refused(Instance& instance, const Job& job);
  /// What has been prepared so far may stay.
  void keep_cached();
  [[nodiscard]] DriverContext& context() { return context_; }
  [[nodiscard]] Driver& driver() { return *driver_; }
  [[nodiscard]] const Prepared& prepared() const { return prepared_; }
  [[nodiscard]] const std::string& run_id() const { return context_.run_id; }

  TemporaryFolder folder_;

 private:
  DriverContext context_{monotonic_clock(), {}, {}, {}, {}};
  Inventory before_;
  std::set<std::string> cached_;
  std::set<std::filesystem::path> cgroups_;  ///< of all instances that were started
  std::unique_ptr<Driver> driver_;
  Prepared prepared_;
};

}  // namespace strata::drivers::testing
