// What is the process driver's own; what it has in common with the others is in the contract.

#include "drivers/process/process_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "drivers/process_scan.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/inventory.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::processes_of;

class ProcessDriverTest : public ::testing::Test {
 protected:
  ProcessDriverTest() {
    fs::create_directory(context_.private_directory);
    driver_ = make_driver(process_target(), context_);
    bundle_ = make_bundle({STRATA_AGENT, STRATA_CONTRACT_PROGRAM, {}});
  }
  void SetUp() override {
    // Where the agent can't run (another machine's, under emulation), nothing of this can.
    const auto found = driver_->probe(enough());
    if (const auto* const why = std::get_if<Unavailable>(&found)) GTEST_SKIP() << to_string(*why);
    prepared_ = driver_->prepare(bundle_, enough());
  }
  static Target process_target() { return kProcessDriverEntry.shipped_targets().front(); }
  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(60)); }
  [[nodiscard]] Job job(const std::string& what) const {
    Job job;
    job.argv = {bundle_.command.front(), what};
    return job;
  }
  std::string start_error(const Limits& limits) {
    try {
      driver_->start(prepared_, limits, enough());
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }

  testing::TemporaryFolder root_;
  DriverContext context_{monotonic_clock(), "run-" + root_.path().filename().string(),
                         root_ / "cache", root_ / "run", STRATA_AGENT};
  Bundle bundle_;
  std::unique_ptr<Driver> driver_;
  Prepared prepared_;
};

TEST_F(ProcessDriverTest, ProbeSaysWhatIsMissing) {
  auto context = context_;
  context.agent = root_ / "no-agent";
  const auto found = make_driver(process_target(), context)->probe(enough());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(found));
  EXPECT_EQ(std::get<Unavailable>(found).tried, "find strata-agent");
  testing::write_file(root_ / "no-agent", "not an executable", true);
  const auto again = make_driver(process_target(), context)->probe(enough());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(again));
  EXPECT_THAT(std::get<Unavailable>(again).said, HasSubstr("Exec format error"));
  driver_.reset();
  EXPECT_THAT(testing::take_inventory({context_.private_directory}).files, IsEmpty());
}

TEST_F(ProcessDriverTest, LimitsThatABareProcessCantHaveAreNamed) {
  Limits limits;
  limits.memory = mebibytes(1);
  EXPECT_THAT(start_error(limits), AllOf(HasSubstr("limit on memory"), HasSubstr("container")));
  limits = {};
  limits.cpus = 1;
  EXPECT_THAT(start_error(limits), HasSubstr("limit on CPU time"));
  limits = {};
  limits.processes = 1;
  EXPECT_THAT(start_error(limits), HasSubstr("limit on processes"));
  limits = {};
  limits.cpu_set = {4095};
  EXPECT_THAT(start_error(limits), HasSubstr("run on CPU 4095"));
  // What had been taken for the start that failed has been removed.
  EXPECT_THAT(testing::take_inventory({context_.private_directory}).files, IsEmpty());
}

TEST_F(ProcessDriverTest, APreparedFolderThatIsGoneIsAnError) {
  fs::remove_all(prepared_.location);
  EXPECT_THROW(driver_->start(prepared_, {}, enough()), Error);
}

TEST_F(ProcessDriverTest, ProgramsRunInAScratchFolderBelowThePrivateOne) {
  const auto instance = driver_->start(prepared_, {}, enough());
  auto where = job("environment");
  where.argv.emplace_back("STRATA_SCRATCH");
  const auto answer = instance->run(where, enough()).output;
  EXPECT_THAT(answer, ::testing::StartsWith((context_.private_directory / "scratch-").string()));
  const fs::path scratch = answer.substr(0, answer.size() - 1);
  EXPECT_TRUE(fs::is_directory(scratch));
  instance->stop(enough());
  EXPECT_FALSE(fs::exists(scratch));
}

TEST_F(ProcessDriverTest, AnAgentThatDiedSaysHow) {
  const auto instance = driver_->start(prepared_, {}, enough());
  for (const auto& one : live_processes()) {
    if (one.variable("STRATA_RUN_ID") == context_.run_id) ::kill(one.pid, SIGKILL);
  }
  try {
    instance->run(job("exit"), enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("it was ended by signal 9 (KILL)"));
  }
}

/// The agent of the only instance of a run.
pid_t agent_of(const std::string& run_id) {
  for (const auto& one : live_processes()) {
    if (one.variable("STRATA_RUN_ID") == run_id && one.name == "agent") return one.pid;
  }
  return -1;
}

TEST_F(ProcessDriverTest, AStuckAgentIsKilledWithWhatItStarted) {
  {
    const auto instance = driver_->start(prepared_, {}, enough());
    const auto agent = agent_of(context_.run_id);
    ASSERT_GT(agent, 0);
    EXPECT_THROW(instance->run(job("wait"),
                               Deadline::after(monotonic_clock(), std::chrono::milliseconds(300))),
                 DeadlineExceeded);
    EXPECT_THAT(processes_of(context_.run_id), ::testing::SizeIs(2));
    ASSERT_EQ(::kill(agent, SIGSTOP), 0);
  }
  EXPECT_THAT(processes_of(context_.run_id), IsEmpty());
}

TEST_F(ProcessDriverTest, WhatAKilledAgentStartedIsFoundAgain) {
  {
    const auto instance = driver_->start(prepared_, {}, enough());
    const auto agent = agent_of(context_.run_id);
    ASSERT_GT(agent, 0);
    // A program that has left a child in a session of its own, and both without their parent: what
    // marks the child is its environment.
    auto leave = job("leave-child-and-wait");
    EXPECT_THROW(
        instance->run(leave, Deadline::after(monotonic_clock(), std::chrono::milliseconds(300))),
        DeadlineExceeded);
    EXPECT_THAT(processes_of(context_.run_id), ::testing::SizeIs(3));
    ASSERT_EQ(::kill(agent, SIGKILL), 0);
  }
  EXPECT_THAT(processes_of(context_.run_id), IsEmpty());
}

TEST_F(ProcessDriverTest, AnInterruptAtTheTerminalDoesNotReachTheTrial) {
  const auto instance = driver_->start(prepared_, {}, enough());
  const auto agent = agent_of(context_.run_id);
  EXPECT_NE(::getpgid(agent), ::getpgid(0));
  EXPECT_NE(::getsid(agent), ::getsid(0));
}

}  // namespace
}  // namespace strata::drivers
