#include "workloads/memory_room.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace strata::workloads {
namespace {

namespace fs = std::filesystem;

/// A root folder with what a test puts below /proc and /sys.
class MemoryRoomTest : public ::testing::Test {
 protected:
  MemoryRoomTest() {
    auto name = (fs::temp_directory_path() / "strata-memory-room-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~MemoryRoomTest() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  [[nodiscard]] std::uint64_t room() const { return memory_room(root_); }
  std::string root_;
};

TEST_F(MemoryRoomTest, IsNotLimitedByWhatCannotBeRead) {
  EXPECT_GT(room(), std::uint64_t{1} << 50U);
}

TEST_F(MemoryRoomTest, IsWhatTheKernelCallsAvailable) {
  put("/proc/meminfo", "MemTotal: 9000 kB\nMemFree: 5 kB\nMemAvailable: 2000 kB\n");
  EXPECT_EQ(room(), 2000U * 1024);
}

TEST_F(MemoryRoomTest, IsWhatTheCgroupLeaves) {
  put("/proc/meminfo", "MemAvailable: 2000 kB\n");
  put("/sys/fs/cgroup/memory.max", "1000000\n");
  put("/sys/fs/cgroup/memory.current", "400000\n");
  EXPECT_EQ(room(), 600'000U);
  put("/sys/fs/cgroup/memory.current", "1100000\n");
  EXPECT_EQ(room(), 0U);
  put("/sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(room(), 2000U * 1024);
}

TEST_F(MemoryRoomTest, IsWhatTheOldCgroupLeaves) {
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000\n");
  put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
  EXPECT_EQ(room(), 999'999U);
}

TEST_F(MemoryRoomTest, TakesTheLargestCacheOfACpu) {
  EXPECT_EQ(last_level_cache(root_), 32U << 20U);
  const std::string caches = "/sys/devices/system/cpu/cpu0/cache/index";
  put(caches + "0/size", "48K\n");
  put(caches + "2/size", "2048K\n");
  EXPECT_EQ(last_level_cache(root_), 2U << 20U);
  put(caches + "3/size", "96M\n");
  EXPECT_EQ(last_level_cache(root_), 96U << 20U);
}

}  // namespace
}  // namespace strata::workloads
