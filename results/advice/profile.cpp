#include "results/advice/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "results/units.h"

namespace strata::results {
namespace {

/// Beyond that a service is starting all the time, whatever its bursts.
constexpr double kMostOfStarts = 10;
constexpr double kRareRequests = 4;

Objective read_objective(const TomlTable& table) {
  table.only_keys(
      {"name", "metric", "workloads", "weight", "at_most", "at_least", "unit", "statistic"});
  Objective objective;
  objective.name = table.needed_text("name");
  objective.metric = table.needed_text("metric");
  objective.workloads = table.texts("workloads");
  objective.weight = table.number("weight", 0, 1000).value_or(1);
  objective.at_most = table.number("at_most");
  objective.at_least = table.number("at_least");
  if (objective.at_most && objective.at_least) {
    table.fail("an objective has one limit", "keep at_most or at_least");
  }
  objective.unit = table.text("unit").value_or("");
  if (!unit_named(objective.unit)) {
    table.fail_at("unit", fmt::format("\"{}\" is no unit", objective.unit),
                  "such as ns, us, ms, s, B, KiB, MiB, GiB, B/s, 1/s");
  }
  objective.quantile =
      table.meaning<double>("statistic", table.text("statistic").value_or("median"),
                            {{"median", 0.5}, {"p90", 0.9}, {"p99", 0.99}});
  if (objective.weight == 0 && !objective.at_most && !objective.at_least) {
    table.fail("an objective without weight or limit changes nothing",
               "give it a weight, at_most or at_least");
  }
  return objective;
}

void read_stated(const TomlTable& table, Profile& profile) {
  table.only_keys({"name", "weight", "costs"});
  const auto name = table.needed_text("name");
  const auto weight = table.number("weight", 0, 1000).value_or(1);
  const auto costs = table.table("costs");
  if (!costs) {
    table.fail("a stated cost has no \"costs\"", "add costs = { docker = 1.2, kvm = 2 }");
  }
  for (const auto& target : costs->keys()) {
    const auto cost = costs->number(target, 1e-6, 1e6);
    profile.stated.push_back({name, target, cost.value_or(1), weight});
  }
}

void read_needs(const TomlTable& table, Profile& profile) {
  table.only_keys(
      {"isolation", "tenancy", "regulation", "state", "longest_request_seconds", "architectures"});
  if (const auto word = table.text("isolation")) {
    profile.isolation = table.meaning<Isolation>(
        "isolation", *word,
        {{name_of(Isolation::kProcess), Isolation::kProcess},
         {name_of(Isolation::kSharedKernel), Isolation::kSharedKernel},
         {name_of(Isolation::kUserSpaceKernel), Isolation::kUserSpaceKernel},
         {name_of(Isolation::kHardware), Isolation::kHardware}});
  }
  profile.several_tenants = table.meaning<bool>("tenancy", table.text("tenancy").value_or("single"),
                                                {{"single", false}, {"several", true}});
  profile.no_shared_kernel =
      table.meaning<bool>("regulation", table.text("regulation").value_or("none"),
                          {{"none", false}, {"no shared kernel", true}});
  profile.state = table.meaning<State>("state", table.text("state").value_or("none"),
                                       {{"none", State::kStateless},
                                        {"in memory", State::kInMemory},
                                        {"local disk", State::kLocalDisk}});
  if (const auto seconds = table.number("longest_request_seconds", 0.001, 1e7)) {
    profile.longest_request =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
  }
  profile.architectures = table.texts("architectures");
  for (const auto& one : profile.architectures) {
    static_cast<void>(table.meaning<int>("architectures", one, {{"x86_64", 0}, {"aarch64", 0}}));
  }
}

void read_arrival(const TomlTable& table, Profile& profile) {
  table.only_keys({"pattern", "burst_factor"});
  profile.arrival = table.meaning<Arrival>(
      "pattern", table.text("pattern").value_or("steady"),
      {{"steady", Arrival::kSteady}, {"bursty", Arrival::kBursty}, {"rare", Arrival::kRare}});
  profile.burst_factor = table.number("burst_factor", 1, 1e6).value_or(1);
  if (profile.arrival == Arrival::kBursty && profile.burst_factor == 1) {
    table.fail("a bursty pattern has no \"burst_factor\"",
               "give the peak of the arrival rate over its mean, such as 10");
  }
}

}  // namespace

std::string_view name_of(Isolation isolation) {
  constexpr std::array<std::string_view, 4> kNames{"process", "shared kernel", "user-space kernel",
                                                   "hardware"};
  return kNames.at(static_cast<std::size_t>(isolation));
}

double weight_of_starts(const Profile& profile) {
  switch (profile.arrival) {
    case Arrival::kBursty:
      return std::min(profile.burst_factor, kMostOfStarts);
    case Arrival::kRare:
      return kRareRequests;
    default:
      return 1;
  }
}

Profile parse_profile(const TomlTable& table) {
  table.only_keys({"name", "baseline", "candidates", "needs", "arrival", "objective", "stated"});
  Profile profile;
  profile.name = table.text("name").value_or(table.origin().stem().string());
  profile.baseline = table.text("baseline").value_or("process");
  profile.candidates = table.texts("candidates");
  if (const auto needs = table.table("needs")) read_needs(*needs, profile);
  if (const auto arrival = table.table("arrival")) read_arrival(*arrival, profile);
  for (const auto& one : table.tables("objective")) {
    profile.objectives.push_back(read_objective(one));
    const auto& name = profile.objectives.back().name;
    const auto same = std::count_if(profile.objectives.begin(), profile.objectives.end(),
                                    [&](const Objective& other) { return other.name == name; });
    if (same > 1) one.fail_at("name", fmt::format("there are two objectives \"{}\"", name));
  }
  for (const auto& one : table.tables("stated")) read_stated(one, profile);
  if (profile.objectives.empty()) {
    table.fail("the profile has no [[objective]]",
               "`strata advise --template` prints a profile to start from");
  }
  return profile;
}

std::string_view profile_template() {
  return R"toml(# What a service needs. Copy it, change it, then: strata advise my-service.toml RESULT.json
name = "my service"
baseline = "process"                   # costs are relative to it
# candidates = ["docker", "docker-gvisor", "kvm-microvm", "faas-docker"]    # all that was measured, if not given

[needs]                                # who does not meet one of these is ruled out
isolation = "shared kernel"            # process, shared kernel, user-space kernel, hardware
tenancy = "single"                     # several: code of parties that don't trust each other
regulation = "none"                    # or: no shared kernel
state = "none"                         # between requests: none, in memory, local disk
longest_request_seconds = 30
architectures = ["x86_64"]             # of each, a result has to be given

[arrival]
pattern = "bursty"                     # steady, bursty, rare: how much starts weigh
burst_factor = 5                       # peak of the arrival rate over its mean

[[objective]]
name = "startup"
metric = "startup"
weight = 2
at_most = 500                          # a limit: who is above it is ruled out
unit = "ms"

[[objective]]
name = "compute"
metric = "real_time"
workloads = ["compute/*"]
weight = 3

[[objective]]
name = "requests"
metric = "real_time"
workloads = ["net/tcp_round_trip*"]
weight = 3

[[objective]]
name = "storage"
metric = "real_time"
workloads = ["disk/append_fsync/*"]
weight = 1

[[stated]]                             # your own judgement; shown as that, not as a measurement
name = "operation"
weight = 1
costs = { process = 1, docker = 1.2, docker-gvisor = 1.4, kvm-microvm = 2, faas-docker = 1.1 }
)toml";
}

}  // namespace strata::results
