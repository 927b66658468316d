#include "drivers/testing/driver_contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <system_error>
#include <utility>
#include <variant>

namespace strata::drivers::testing {
namespace {

namespace fs = std::filesystem;

/// As the runner's: 16 hexadecimal digits, never the same twice.
std::string new_run_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

bool is_required(const std::string& driver) {
  auto name = "STRATA_REQUIRE_" + driver;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return std::getenv(name.c_str()) != nullptr;
}

std::set<std::string> files_below(const fs::path& folder) { return take_inventory({folder}).files; }

}  // namespace

void DriverContract::SetUp() {
  context_.run_id = new_run_id();
  context_.cache_directory = folder_ / "cache";
  context_.private_directory = folder_ / "run";
  context_.agent = STRATA_AGENT;
  fs::create_directories(context_.cache_directory);
  fs::create_directories(context_.private_directory);

  static std::map<std::string, Availability> known;
  const auto& target = GetParam();
  if (!known.contains(target.name)) {
    known[target.name] = make_driver(target, context_)->probe(enough());
  }
  if (const auto* const why = std::get_if<Unavailable>(&known[target.name])) {
    if (is_required(target.driver)) FAIL() << to_string(*why);
    GTEST_SKIP() << to_string(*why);
  }
  before_ = take_inventory({context_.private_directory});
  driver_ = make_driver(target, context_);
  prepared_ = driver_->prepare(contract_bundle(), enough());
  keep_cached();
}

void DriverContract::expect_refused(Instance& instance, const Job& job) {
  EXPECT_THROW(instance.run(job, enough()), UsageError);
}

void DriverContract::keep_cached() { cached_ = files_below(context_.cache_directory); }

void DriverContract::TearDown() {
  const bool was_made = driver_ != nullptr;
  driver_.reset();
  if (!was_made) return;
  EXPECT_EQ(surplus(before_, take_inventory({context_.private_directory})), "");
  EXPECT_EQ(files_below(context_.cache_directory), cached_);
  EXPECT_EQ(processes_of(run_id()), std::vector<std::string>());
  EXPECT_FALSE(has_children());
  // What the driver itself would find, a container for one, of a run that has ended.
  const auto left =
      find_driver(GetParam().driver)
          .clean([&](std::string_view run) { return run == run_id(); }, false, context_);
  EXPECT_EQ(left, std::vector<std::string>());
  for (const auto& folder : cgroups_) EXPECT_FALSE(fs::exists(folder)) << folder;
}

const Bundle& DriverContract::contract_bundle() {
  static const auto kBundle = make_bundle({STRATA_AGENT, STRATA_CONTRACT_PROGRAM, {}});
  return kBundle;
}

Job DriverContract::job(std::vector<std::string> arguments) {
  Job job;
  job.argv = contract_bundle().command;
  std::move(arguments.begin(), arguments.end(), std::back_inserter(job.argv));
  return job;
}

Deadline DriverContract::enough() {
  return Deadline::after(monotonic_clock(), std::chrono::seconds(60));
}

std::unique_ptr<Instance> DriverContract::start(const Limits& limits) {
  auto instance = driver_->start(prepared_, limits, enough());
  cgroups_.merge(cgroups_of(run_id()));
  return instance;
}

Failure DriverContract::failure_of_agent(const fs::path& agent, Deadline deadline) {
  const auto bad = driver_->prepare(make_agent_bundle(agent), enough());
  keep_cached();
  try {
    driver_->start(bad, {}, deadline);
  } catch (const Error& error) {
    return error.failure();
  }
  ADD_FAILURE() << agent << " was taken for an agent";
  return {};
}

}  // namespace strata::drivers::testing
