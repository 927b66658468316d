#include "bench/experiments/host_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class HostRoomTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const auto path = folder.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void SetUp() override {
    write("proc/meminfo",
          "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    600 kB\n"
          "SwapTotal:  100 kB\nSwapFree:   70 kB\n");
    write("proc/loadavg", "0.20 0.18 0.12 1/80 11206\n");
    write("proc/sys/kernel/threads-max", "500\n");
    write("proc/sys/kernel/pid_max", "32768\n");
  }
  [[nodiscard]] HostRoom room() const {
    return host_room(folder.path() / "proc", folder.path() / "cgroup");
  }
  drivers::testing::TemporaryFolder folder;
};

TEST_F(HostRoomTest, ReadsWhatTheKernelSays) {
  write("proc/pressure/memory", "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0\n");
  const auto found = room();
  EXPECT_EQ(found.memory, kibibytes(1000));
  EXPECT_EQ(found.available_memory, kibibytes(600));
  EXPECT_EQ(found.swap_used, kibibytes(30));
  EXPECT_EQ(found.reserve(), Bytes{102400});
  EXPECT_EQ(found.memory_pressure, 12.5);
  EXPECT_EQ(found.processes, 420U);
}

TEST_F(HostRoomTest, HeedsTheLimitsOfTheGroupsItIsIn) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/\n4:pids:/a/b\n0::/elsewhere\n");
  write("cgroup/pids/a/b/pids.max", "max\n");
  write("cgroup/pids/a/b/pids.current", "10\n");
  write("cgroup/pids/a/pids.max", "50\n");
  write("cgroup/pids/a/pids.current", "20\n");
  EXPECT_EQ(room().processes, 30U);
  write("proc/self/cgroup", "0::/unified\n");
  write("cgroup/unified/pids.max", "7\n");
  write("cgroup/unified/pids.current", "9\n");
  EXPECT_EQ(room().processes, 0U);
}

TEST_F(HostRoomTest, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(room().memory_pressure, std::nullopt);
  write("proc/meminfo", "MemTotal: 1000 kB\n");
  EXPECT_THROW(static_cast<void>(room()), Error);
  fs::remove_all(folder.path() / "proc");
  EXPECT_THROW(static_cast<void>(room()), Error);
}

TEST_F(HostRoomTest, ReadsThisHost) {
  const auto found = host_room();
  EXPECT_GT(found.available_memory.count, 0U);
  EXPECT_GE(found.memory, found.available_memory);
}

TEST(OutOfRoom, SaysWhyNoMoreShouldBeStarted) {
  HostRoom before{mebibytes(1000), mebibytes(600), mebibytes(5), 2.0, {}};
  EXPECT_EQ(out_of_room(before, before), "");
  auto now = before;
  now.available_memory = mebibytes(99);
  EXPECT_THAT(out_of_room(before, now), HasSubstr("only 99.0 MiB of 1,000 MiB"));
  now = before;
  now.swap_used = mebibytes(22);
  EXPECT_THAT(out_of_room(before, now), HasSubstr("begun to swap"));
  now = before;
  now.memory_pressure = 11;
  EXPECT_THAT(out_of_room(before, now), HasSubstr("waited for memory 11 %"));
  // What pressed before and no longer presses more is not this run's doing.
  before.memory_pressure = 12;
  EXPECT_EQ(out_of_room(before, now), "");
}

}  // namespace
}  // namespace strata::bench
