#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace strata::drivers::testing {

/// What this process and the machine have of the things that an instance may leave behind. Two of
/// them are compared: before and after.
struct Inventory {
  std::set<std::string> descriptors;  ///< of this process: "7 socket"
  std::set<std::string> mounts;       ///< as this process sees them
  std::set<std::string> files;        ///< below the folders it was asked about

  bool operator==(const Inventory&) const = default;
};

Inventory take_inventory(const std::vector<std::filesystem::path>& folders);

/// What `after` has and `before` had not, one a line; empty if there is nothing.
std::string surplus(const Inventory& before, const Inventory& after);

/// The processes that carry this run id, as "PID NAME".
std::vector<std::string> processes_of(const std::string& run_id);

/// Whether this process has children, alive or not yet reaped.
bool has_children();

/// The cgroup folders that the processes of a run have and this process does not.
std::set<std::filesystem::path> cgroups_of(const std::string& run_id);

}  // namespace strata::drivers::testing
