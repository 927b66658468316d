#include "drivers/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>

#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;

class ChildProcessTest : public ::testing::Test {
 protected:
  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }
  static Deadline over() { return {monotonic_clock(), monotonic_clock().now()}; }
  ChildRequest request(const std::string& program) const {
    return {.program = program,
            .environment = {"STRATA_TEST=1"},
            .descriptors = {null_.get(), null_.get(), output_.get()},
            .cpus = {}};
  }
  [[nodiscard]] std::string output() const {
    std::array<char, 200> text{};
    const auto count = ::pread(output_.get(), text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  UniqueFd null_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  UniqueFd output_{::memfd_create("output", MFD_CLOEXEC)};
};

TEST_F(ChildProcessTest, IsWaitedForAndReaped) {
  ChildProcess child(request(STRATA_AGENT_THAT_FAILS));
  const auto end = child.wait(enough());
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->exited);
  EXPECT_EQ(end->number, 7);
  EXPECT_EQ(output(), "no such luck\n");
  EXPECT_FALSE(child.is_reaped());
  // Its number is still its own.
  EXPECT_EQ(::kill(child.pid(), 0), 0);
  child.reap();
  EXPECT_TRUE(child.is_reaped());
  EXPECT_EQ(::waitpid(child.pid(), nullptr, WNOHANG), -1);
}

TEST_F(ChildProcessTest, IsNotWaitedForForEver) {
  ChildProcess child(request(STRATA_AGENT_THAT_HANGS));
  EXPECT_FALSE(child.wait(over()));
  child.reap();
  EXPECT_FALSE(child.is_reaped());
  child.kill();
  const auto end = child.wait(enough());
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->exited);
  EXPECT_EQ(end->number, SIGKILL);
}

TEST_F(ChildProcessTest, DoesNotOutliveItsOwner) {
  pid_t pid = -1;
  {
    const ChildProcess child(request(STRATA_AGENT_THAT_HANGS));
    pid = child.pid();
    EXPECT_EQ(::getsid(pid), pid);
    EXPECT_NE(::getsid(pid), ::getsid(0));
  }
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ChildProcessTest, SaysWhyItCantBeStarted) {
  try {
    const ChildProcess child(request("/no/such/program"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "start /no/such/program: No such file or directory");
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(ChildProcessTest, RefusesCpusThatThereAreNot) {
  for (const std::uint32_t cpu : {1000U, 100'000U}) {
    auto far = request(STRATA_AGENT_THAT_HANGS);
    far.cpus = {0, cpu};
    try {
      const ChildProcess child(far);
      FAIL();
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("run on CPU 0," + std::to_string(cpu)));
    }
    far.cpus = {cpu};
    EXPECT_THROW(const ChildProcess child(far), UsageError);
  }
}

TEST(ProcessEnd, IsDescribed) {
  EXPECT_EQ(describe({true, 3}), "it exited with code 3");
  EXPECT_EQ(describe({false, SIGKILL}), "it was ended by signal 9 (KILL)");
  EXPECT_EQ(describe({false, 63}), "it was ended by signal 63 (?)");
}

}  // namespace
}  // namespace strata::drivers
