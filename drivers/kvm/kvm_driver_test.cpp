// Real guests: every shipped target starts and runs a program, what goes wrong is told, and nothing
// is left. What all drivers have in common is in the contract.

#include "drivers/kvm/kvm_driver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "drivers/kvm/owned_start.h"
#include "drivers/process_scan.h"
#include "drivers/testing/inventory.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// First, since it forks: what it starts with must have no threads.
TEST(OwnedStart, WhatItStartedDiesWithItsOwner) {
  // A process of its own, which is killed with what it has started.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    const pid_t started = start_owned({"/bin/sleep", {"1000"}, {}, {0, 1, 2}, {}});
    [[maybe_unused]] const auto written = ::write(ends[1], &started, sizeof started);
    ::pause();
  }
  pid_t started = -1;
  ASSERT_EQ(::read(ends[0], &started, sizeof started), static_cast<ssize_t>(sizeof started));
  EXPECT_EQ(::kill(started, 0), 0);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  const auto deadline = Deadline::after(monotonic_clock(), std::chrono::seconds(10));
  const auto is_alive = [&] {
    const auto all = live_processes();
    return std::any_of(all.begin(), all.end(),
                       [&](const FoundProcess& one) { return one.pid == started; });
  };
  while (is_alive() && !deadline.expired()) std::this_thread::yield();
  EXPECT_FALSE(is_alive());
  ::close(ends[0]);
  ::close(ends[1]);
}

Target shipped(const std::string& name) {
  for (const auto& target : kKvmDriverEntry.shipped_targets()) {
    if (target.name == name) return target;
  }
  throw Error("find target " + name, "it is not shipped");
}

class Guests : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(context_.cache_directory);
    fs::create_directories(context_.private_directory);
  }
  void TearDown() override {
    EXPECT_THAT(testing::processes_of(context_.run_id), IsEmpty());
    EXPECT_TRUE(fs::is_empty(context_.private_directory));
  }

  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(60)); }
  std::unique_ptr<Driver> driver(Target target, std::map<std::string, std::string> options = {}) {
    options.merge(target.options);
    target.options = std::move(options);
    return make_driver(target, context_);
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
    try {
      driver.start(driver.prepare(contract(), enough()), {}, deadline);
    } catch (const Error& error) {
      return to_string(error.failure());
    }
    return "it started";
  }

  testing::TemporaryFolder folder_;
  DriverContext context_{monotonic_clock(), fmt::format("{:016x}", ::getpid()), folder_ / "cache",
                         folder_ / "run", STRATA_AGENT};
};

TEST_F(Guests, OfQ35StartAndStop) {
  const auto kvm = driver(shipped("kvm"), {{"initramfs", "zstd"}, {"vcpus", "2"}});
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  EXPECT_EQ(instance->run(job(bundle, {"cpus"}), enough()).output, "0\n1\n");
  const auto path = instance->network_path();
  EXPECT_EQ(path.host, "10.0.2.2");
  EXPECT_EQ(path.instance, "127.0.0.1");
  EXPECT_NE(path.port, NetworkPath::kPort);
  const auto usage = instance->usage();
  EXPECT_GT(usage.sandbox.memory.value_or(Bytes{}), mebibytes(20));
  EXPECT_GT(usage.supervisors.memory.value_or(Bytes{}), mebibytes(5));
  EXPECT_GT(usage.sandbox.cpu.value_or(Duration{}), Duration::zero());
  instance->stop(enough());
  const auto& stamps = instance->stamps();
  ASSERT_TRUE(stamps.at(Stamp::kLaunched) && stamps.at(Stamp::kKernel) && stamps.at(Stamp::kMain));
  EXPECT_LE(*stamps.at(Stamp::kLaunched), *stamps.at(Stamp::kKernel));
  EXPECT_LT(*stamps.at(Stamp::kKernel), *stamps.at(Stamp::kMain));
  EXPECT_LT(*stamps.at(Stamp::kMain), *stamps.at(Stamp::kReady));
}

#ifdef STRATA_AARCH64_PROGRAM
TEST_F(Guests, OfAnotherMachineTypeRunItsPrograms) {
  const auto kvm = driver(shipped("kvm-arm64"));
  const fs::path agent = fs::path(STRATA_AGENT).string() + "-aarch64";
  const auto bundle = make_bundle({agent, STRATA_AARCH64_PROGRAM, {}});
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  EXPECT_EQ(instance->run(job(bundle, {"arguments", "from", "arm"}), enough()).output,
            "from\narm\n");
  EXPECT_TRUE(instance->run(job(bundle, {"make", "file"}), enough()).succeeded());
  instance->stop(enough());
  EXPECT_THROW(kvm->prepare(contract(), enough()), UsageError);
}
#endif

TEST_F(Guests, RestoredFromOneSnapshotAreIndependentAndDrawDifferentRandomBytes) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto prepared = kvm->prepare(bundle, enough());
  const auto begin = std::chrono::system_clock::now();
  const auto first = kvm->start(prepared, {}, enough());
  const auto second = kvm->start(prepared, {}, enough());
  const auto one = first->run(job(bundle, {"random"}), enough());
  const auto two = second->run(job(bundle, {"random"}), enough());
  EXPECT_EQ(one.output.size(), 32U + 1) << one.error_output;
  EXPECT_NE(one.output, two.output);
  // Their clocks are the host's, and not those of when they were saved.
  const auto now = first->run(job(bundle, {"clock"}), enough()).output;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(begin.time_since_epoch());
  EXPECT_NEAR(std::stod(now), static_cast<double>(seconds.count()), 30);
  EXPECT_TRUE(first->run(job(bundle, {"make", "file"}), enough()).succeeded());
  EXPECT_EQ(second->run(job(bundle, {"list"}), enough()).output, "");
  EXPECT_EQ(second->run(job(bundle, {"environment", "STRATA_RUN_ID"}), enough()).output,
            context_.run_id + "\n");
  first->stop(enough());
  second->stop(enough());

  // What has been damaged is not used again.
  const fs::path state = fs::path(prepared.location) / "state";
  fs::resize_file(state, fs::file_size(state) / 2);
  EXPECT_THAT(failure_of_start(*kvm, enough()), HasSubstr("it started"));
  fs::resize_file(state, fs::file_size(state) / 2);
  try {
    kvm->start(prepared, {}, enough());
    ADD_FAILURE() << "half of a state was taken for a whole";
  } catch (const Error& error) {
    EXPECT_THAT(to_string(error.failure()), HasSubstr("QEMU"));
  }
}

TEST_F(Guests, WhoseVmmIsKilledAreAnErrorAndNoHang) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto pid = qemu_of_this_run();
  ASSERT_GT(pid, 0);
  std::jthread killer([pid] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::kill(pid, SIGKILL);
  });
  try {
    instance->run(job(bundle, {"wait"}), enough());
    ADD_FAILURE() << "it goes on without its VMM";
  } catch (const Error& error) {
    EXPECT_THAT(to_string(error.failure()), HasSubstr("signal 9"));
  }
  EXPECT_THROW(instance->stop(enough()), Error);
}

TEST_F(Guests, ThatStopAnsweringAreGivenUpAtTheDeadline) {
  const auto kvm = driver(shipped("kvm-snapshot"));
  const auto bundle = contract();
  const auto instance = kvm->start(kvm->prepare(bundle, enough()), {}, enough());
  const auto pid = qemu_of_this_run();
  ASSERT_GT(pid, 0);
  ::kill(pid, SIGSTOP);
  const auto brief = Deadline::after(monotonic_clock(), std::chrono::milliseconds(500));
  EXPECT_THROW(instance->run(job(bundle, {"exit", "0"}), brief), DeadlineExceeded);
}

TEST_F(Guests, WhoseKernelPanicsShowTheirConsole) {
  const auto kvm = driver(shipped("kvm-microvm"));
  // Linux panics when its init ends.
  const auto bundle = make_agent_bundle(STRATA_AGENT_THAT_FAILS);
  try {
    kvm->start(kvm->prepare(bundle, enough()), {}, enough());
    ADD_FAILURE() << "it started";
  } catch (const Error& error) {
    EXPECT_THAT(error.failure().said, HasSubstr("Kernel panic"));
    EXPECT_THAT(error.failure().said, HasSubstr("no such luck"));
  }
}

TEST_F(Guests, OfAVmmThatIsNotThereAreRefused) {
  const auto kvm = driver(shipped("kvm-microvm"), {{"qemu", "/no/such/qemu"}});
  const auto found = kvm->probe(enough());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(found));
  EXPECT_THAT(to_string(std::get<Unavailable>(found)), HasSubstr("/no/such/qemu"));
  EXPECT_THAT(std::get<Unavailable>(found).do_next, HasSubstr("apt-get install"));
}

TEST_F(Guests, WithMoreMemoryThanTheHostHasAreRefused) {
  const auto kvm =
      driver(shipped("kvm-microvm"), {{"memory_mib", "1048576"}, {"huge_pages", "true"}});
  EXPECT_THAT(failure_of_start(*kvm, enough()), HasSubstr("memory"));
}

TEST_F(Guests, WithAKernelThatIsNoneAreRefused) {
  const auto kvm = driver(shipped("kvm-microvm"), {{"kernel", "/etc/passwd"}});
  const auto failure =
      failure_of_start(*kvm, Deadline::after(monotonic_clock(), std::chrono::seconds(5)));
  EXPECT_THAT(failure, HasSubstr("QEMU"));
}

}  // namespace
}  // namespace strata::drivers
