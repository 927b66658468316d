#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/kvm/kvm_driver.h"
#include "drivers/process_scan.h"
#include "drivers/testing/inventory.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {

/// A file system with little room at a folder, for as long as it lives.
class SmallFileSystem {
 public:
  SmallFileSystem(const std::filesystem::path& place, const char* options)
      : place_(place), is_there_(::mount("tmpfs", place.c_str(), "tmpfs", 0, options) == 0) {}
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  ~SmallFileSystem() {
    if (is_there_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool is_there() const { return is_there_; }

 private:
  std::filesystem::path place_;
  bool is_there_;
};

/// Real guests: after each test nothing of them may be left: no process, descriptor, mount or file.
class Guests : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(context_.cache_directory);
    std::filesystem::create_directories(context_.private_directory);
    before_ = testing::take_inventory({context_.private_directory});
  }
  void TearDown() override {
    EXPECT_THAT(testing::processes_of(context_.run_id), ::testing::IsEmpty());
    EXPECT_FALSE(testing::has_children());
    EXPECT_EQ(testing::surplus(before_, testing::take_inventory({context_.private_directory})), "");
    const auto is_ours = [&](std::string_view run) { return run == context_.run_id; };
    EXPECT_THAT(kKvmDriverEntry.clean(is_ours, false, context_), ::testing::IsEmpty());
  }

  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(60)); }
  std::unique_ptr<Driver> driver(Target target, std::map<std::string, std::string> options = {}) {
    options.merge(target.options);
    target.options = std::move(options);
    return make_driver(target, context_);
  }
  static Target shipped(const std::string& name) {
    for (const auto& target : kKvmDriverEntry.shipped_targets()) {
      if (target.name == name) return target;
    }
    throw Error("find target " + name, "it is not shipped");
  }
  static Job job(const Bundle& bundle, std::vector<std::string> arguments) {
    Job job;
    job.argv = bundle.command;
    job.argv.insert(job.argv.end(), arguments.begin(), arguments.end());
    return job;
  }
  static Bundle contract() { return make_bundle({STRATA_AGENT, STRATA_CONTRACT_PROGRAM, {}}); }
  pid_t qemu_of_this_run() const {
    for (const auto& one : live_processes()) {
      if (one.name.starts_with("qemu-system") && one.variable("STRATA_RUN_ID") == context_.run_id) {
        return one.pid;
      }
    }
    return -1;
  }
  /// Why a guest of the contract's program does not start.
  std::string failure_of_start(Driver& driver, Deadline deadline) {
    return failure_of([&] { driver.start(driver.prepare(contract(), enough()), {}, deadline); });
  }
  /// What an Error that `act` throws says.
  template <typename Act>
  static std::string failure_of(Act act) {
    try {
      act();
    } catch (const Error& error) {
      return to_string(error.failure());
    }
    return "nothing failed";
  }

  testing::TemporaryFolder folder_;
  DriverContext context_{monotonic_clock(), fmt::format("{:016x}", ::getpid()), folder_ / "cache",
                         folder_ / "run", STRATA_AGENT};
  testing::Inventory before_;
};

}  // namespace strata::drivers
