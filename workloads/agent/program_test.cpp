#include "workloads/agent/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "workloads/common/unique_fd.h"

namespace strata::agent {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Runs a shell's words as the agent runs a job, with the host's end of the channel in the test.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    host = workloads::UniqueFd(ends[0]);
    agent = workloads::UniqueFd(ends[1]);
    prepare_to_run_programs();
    job.working_directory = "/";
    job.environment = {"PATH=/usr/bin:/bin"};
    job.time_limit_ns = 60 * kSecond;
    job.output_limit = 1U << 20U;
  }
  Ending shell(const std::string& words) {
    job.arguments = {"/bin/sh", "-c", words};
    return run();
  }
  Ending run() {
    Channel channel(agent.get(), agent.get());
    return run_program(job, &channel);
  }

  workloads::UniqueFd host;
  workloads::UniqueFd agent;
  Job job;
};

TEST_F(ProgramTest, OutputErrorsAndExitCodeAreKeptApart) {
  const auto ending = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(ending.output, "out\n");
  EXPECT_EQ(ending.error_output, "err\n");
  ASSERT_TRUE(WIFEXITED(ending.status));
  EXPECT_EQ(WEXITSTATUS(ending.status), 3);
  EXPECT_GT(ending.wall_ns, 0U);
  EXPECT_GT(ending.peak_memory_bytes, 0U);
  EXPECT_EQ(ending.processes_left, 0U);
  EXPECT_THAT(sample_line(ending), HasSubstr(R"("exit":3,"signal":0,"timed_out":false)"));
}

TEST_F(ProgramTest, StdinIsFedAndThenClosed) {
  job.stdin_bytes = std::string(300'000, 'x');
  const auto ending = shell("wc -c");
  EXPECT_THAT(ending.output, HasSubstr("300000"));
}

TEST_F(ProgramTest, AProgramThatDoesNotReadItsInputEndsAllTheSame) {
  job.stdin_bytes = std::string(300'000, 'x');
  const auto ending = shell("exec <&-; echo done");
  EXPECT_EQ(ending.output, "done\n");
}

TEST_F(ProgramTest, OutputBeyondTheLimitIsCountedAndDropped) {
  job.output_limit = 1000;
  const auto ending = shell("head -c 200000 /dev/zero");
  EXPECT_EQ(ending.output.size(), 1000U);
  EXPECT_EQ(ending.output_bytes, 200'000U);
  EXPECT_TRUE(ending.truncated);
  EXPECT_TRUE(WIFEXITED(ending.status));
}

TEST_F(ProgramTest, ASignalIsNoExitCode) {
  const auto ending = shell("kill -TERM $$");
  ASSERT_TRUE(WIFSIGNALED(ending.status));
  EXPECT_THAT(sample_line(ending), HasSubstr(R"("exit":null,"signal":15)"));
}

TEST_F(ProgramTest, AProgramThatIsNotThereSaysSo) {
  job.arguments = {"/no/such/program"};
  const auto ending = run();
  EXPECT_EQ(ending.start_error,
            "/no/such/program: could not execute it: No such file or directory");
  EXPECT_THAT(sample_line(ending), HasSubstr("start_error"));
}

TEST_F(ProgramTest, AWorkingDirectoryThatIsNotThereSaysSo) {
  job.working_directory = "/no/such/folder";
  job.arguments = {"/bin/true"};
  EXPECT_EQ(run().start_error,
            "/bin/true: could not change to its working directory: No such file or directory");
}

TEST_F(ProgramTest, TimeThatIsUpEndsTheProgramAndWhatItStarted) {
  job.time_limit_ns = kSecond / 20;
  const auto ending = shell("sleep 1000 & sleep 1000");
  EXPECT_TRUE(ending.timed_out);
  EXPECT_EQ(ending.processes_left, 0U) << "they were killed with it, as they should be";
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left";
}

TEST_F(ProgramTest, WhatAProgramLeavesBehindIsKilledAndCounted) {
  const auto ending = shell("setsid sleep 1000 >/dev/null 2>&1 & exit 0");
  ASSERT_TRUE(WIFEXITED(ending.status));
  EXPECT_EQ(ending.processes_left, 1U);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left";
}

TEST_F(ProgramTest, AHostThatGoesEndsEverything) {
  std::thread leaving([&] { host.reset(); });
  const auto ending = shell("sleep 1000");
  leaving.join();
  EXPECT_TRUE(ending.host_gone);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left";
}

TEST_F(ProgramTest, SignalsAreAsAShellWouldStartIt) {
  // Lines of /proc/self/status: what is blocked and ignored, in hexadecimal.
  const auto ending = shell("grep -E 'SigBlk|SigIgn' /proc/self/status");
  EXPECT_THAT(ending.output, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(ending.output, HasSubstr("SigIgn:\t0000000000000000"));
}

}  // namespace
}  // namespace strata::agent
