#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/toml_document.h"
#include "results/vocabulary/clock.h"

namespace strata::results {

/// What stands between a service and its neighbours on the host, weakest first. A property of the
/// paradigm: it is listed, not measured.
enum class Isolation {
  kProcess,          ///< a user id
  kSharedKernel,     ///< namespaces and cgroups on the host's kernel
  kUserSpaceKernel,  ///< a kernel of its own in user space, as gVisor
  kHardware,         ///< a guest under a hypervisor
};
/// "process", "shared kernel", "user-space kernel", "hardware".
std::string_view name_of(Isolation isolation);

/// Where a service keeps what it must not lose between two requests.
enum class State {
  kStateless,
  kInMemory,   ///< in the process: sessions, caches that have to be warm
  kLocalDisk,  ///< on the instance's own disk
};

/// How requests arrive.
enum class Arrival { kSteady, kBursty, kRare };

/// One thing that is measured and matters to the service.
struct Objective {
  std::string name;
  std::string metric;
  std::vector<std::string> workloads;  ///< globs; empty: over all workloads, as for startup
  double weight = 1;                   ///< 0: only the limit counts
  std::optional<double> at_most;       ///< in `unit`; a target that is above it is ruled out
  std::optional<double> at_least;      ///< at most one of the two
  std::string unit;
  double quantile = 0.5;  ///< of the limit
};

/// Something the profile's author states of a target: what its operation costs the team. No
/// measurement, and never shown as one.
struct StatedCost {
  std::string name;
  std::string target;
  double cost = 1;  ///< relative to the baseline's
  double weight = 1;
};

/// What a service needs, in the words of its owner.
struct Profile {
  std::string name;
  std::string baseline = "process";
  std::vector<std::string> candidates;  ///< empty: every target that was measured
  Isolation isolation = Isolation::kProcess;
  bool several_tenants = false;   ///< code of parties that do not trust each other
  bool no_shared_kernel = false;  ///< regulation forbids it
  State state = State::kStateless;
  std::optional<Duration> longest_request;
  std::vector<std::string> architectures;  ///< "x86_64", "aarch64"
  Arrival arrival = Arrival::kSteady;
  double burst_factor = 1;  ///< peak over mean of the arrival rate, at least 1
  std::vector<Objective> objectives;
  std::vector<StatedCost> stated;
};

/// How much more than under steady load a start weighs: at each burst the instances beyond the
/// steady ones start, and a rare request meets a start each time.
double weight_of_starts(const Profile& profile);

/// Reads a profile; results/README.md has the format. Throws UsageError with place and reason.
Profile parse_profile(const TomlTable& table);

/// A profile with every key and a comment on each, to be copied.
std::string_view profile_template();

}  // namespace strata::results
