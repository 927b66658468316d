#include "drivers/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <vector>

namespace strata::drivers {
namespace {

TEST(ProcessUsage, IsReadOfALiveProcess) {
  // Something to find: 64 MiB that are really there.
  constexpr std::size_t kMuch = 64UL << 20U;
  const std::vector<char> memory(kMuch, 'x');
  const auto usage = usage_of_process(::getpid());
  ASSERT_TRUE(usage.memory && usage.peak_memory && usage.cpu);
  EXPECT_GT(usage.memory->count, kMuch);
  EXPECT_GT(usage.peak_memory->count, kMuch);
  EXPECT_LT(usage.memory->count, kMuch * 100);
  EXPECT_GE(*usage.cpu, Duration::zero());
  EXPECT_EQ(memory[kMuch / 2], 'x');
}

TEST(ProcessUsage, OfNobodyIsAbsent) {
  const auto usage = usage_of_process(-1);
  EXPECT_FALSE(usage.memory || usage.peak_memory || usage.cpu);
}

}  // namespace
}  // namespace strata::drivers
