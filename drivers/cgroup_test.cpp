#include "drivers/cgroup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

/// A folder of files that stands for /sys/fs/cgroup.
class CgroupTest : public ::testing::Test {
 protected:
  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((mount_ / file).parent_path());
    std::ofstream(mount_ / file) << text;
  }
  [[nodiscard]] const fs::path& mount() const { return mount_; }

 private:
  testing::TemporaryFolder folder_;
  fs::path mount_ = folder_ / "cgroup";
};

TEST_F(CgroupTest, FindsAGroupInV1sHierarchies) {
  write("memory/engine/0123abcd/memory.usage_in_bytes", "4096\n");
  write("memory/engine/0123abcd/memory.max_usage_in_bytes", "8192\n");
  write("memory/engine/0123abcd/cgroup.procs", "");
  write("cpuacct/engine/0123abcd/cpuacct.usage", "123456789\n");
  const auto group = Cgroup::find("0123abcd", mount());
  ASSERT_TRUE(group);
  EXPECT_FALSE(group->is_v2());
  EXPECT_EQ(group->cpu(), nanoseconds(123456789));
  EXPECT_EQ(group->memory(), Bytes{4096});
  EXPECT_EQ(group->peak_memory(), Bytes{8192});
  EXPECT_FALSE(group->first_process());
}

TEST_F(CgroupTest, FindsAScopeInV2) {
  write("cgroup.controllers", "cpu memory pids\n");
  const fs::path scope = "system.slice/docker-0123abcd.scope";
  write(scope / "memory.current", "4096\n");
  write(scope / "memory.peak", "8192\n");
  write(scope / "cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n");
  const auto group = Cgroup::find("0123abcd", mount());
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->is_v2());
  EXPECT_EQ(group->cpu(), nanoseconds(1'500'000));
  EXPECT_EQ(group->memory(), Bytes{4096});
  EXPECT_EQ(group->peak_memory(), Bytes{8192});
}

TEST_F(CgroupTest, WhatIsNotThereOrNoNumberIsAbsent) {
  EXPECT_FALSE(Cgroup::find("0123abcd", mount()));
  write("memory/0123abcd/memory.max_usage_in_bytes", "many\n");
  const auto group = Cgroup::find("0123abcd", mount());
  ASSERT_TRUE(group);
  EXPECT_FALSE(group->cpu());
  EXPECT_FALSE(group->memory());
  EXPECT_FALSE(group->peak_memory());
  EXPECT_FALSE(group->read("pids", "pids.max"));
}

TEST_F(CgroupTest, ReadsAFileWithoutTheNewlineAtItsEnd) {
  write("memory/0123abcd/memory.limit_in_bytes", "268435456\n");
  const auto group = Cgroup::find("0123abcd", mount());
  ASSERT_TRUE(group);
  EXPECT_EQ(group->read("memory", "memory.limit_in_bytes"), "268435456");
}

TEST_F(CgroupTest, KnowsTheProcessesOfTheGroupsBelowAndWhichIsTheFirst) {
  // A real process and its parent, which is this one: the group has both, or the child alone.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd theirs(ends[0]);
  UniqueFd ours(ends[1]);
  const auto child = ::fork();
  if (child == 0) {
    ours.reset();
    char byte = 0;
    ::_exit(::read(theirs.get(), &byte, 1) == 0 ? 0 : 1);
  }
  const auto us = std::to_string(::getpid());
  const auto it = std::to_string(child);
  write("memory/0123abcd/cgroup.procs", it + "\n");
  const auto group = Cgroup::find("0123abcd", mount());
  ASSERT_TRUE(group);
  EXPECT_EQ(group->first_process(), child);
  write("memory/0123abcd/cgroup.procs", "");
  write("memory/0123abcd/below/cgroup.procs", it + "\n" + us + "\n");
  EXPECT_EQ(group->processes().size(), 2U);
  EXPECT_EQ(group->first_process(), ::getpid());
  ours.reset();
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace strata::drivers
