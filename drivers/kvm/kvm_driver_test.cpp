// Real guests: every shipped target starts and runs a program, and nothing is left. What all
// drivers have in common is in the contract; what goes wrong is in guest_faults_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "drivers/kvm/guests_fixture.h"
#include "drivers/kvm/owned_start.h"
#include "drivers/process_scan.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

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
}

}  // namespace
}  // namespace strata::drivers
