#include "drivers/kvm/vmm_usage.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strata::drivers {
namespace {

constexpr auto kMaps =
    "7f0000000000-7f0010000000 rw-p 00000000 00:00 0 \n"
    "Size:             262144 kB\n"
    "Rss:               90000 kB\n"
    "Pss:               80000 kB\n"
    "7f0020000000-7f0060000000 rw-p 00000000 00:00 0 \n"
    "Size:            1048576 kB\n"
    "Pss:              120000 kB\n";

TEST(VmmUsage, TheGuestsMemoryIsTheMappingOfItsSize) {
  EXPECT_EQ(guest_memory_in(kMaps, mebibytes(256)), kibibytes(80000));
  EXPECT_EQ(guest_memory_in(kMaps, mebibytes(1024)), kibibytes(120000));
  EXPECT_FALSE(guest_memory_in(kMaps, mebibytes(512)));
  EXPECT_FALSE(guest_memory_in("", mebibytes(512)));
  EXPECT_FALSE(guest_memory_in("Size:\nPss: x\n", mebibytes(512)));
}

TEST(VmmUsage, ThreadsAreTakenApart) {
  const auto usage = usage_of_vmm(::getpid(), {static_cast<pid_t>(::syscall(SYS_gettid))}, {});
  ASSERT_TRUE(usage.sandbox.cpu && usage.supervisors.cpu);
  EXPECT_GE(*usage.sandbox.cpu, Duration::zero());
  // Where no virtual CPU's time can be read there is nothing to take apart.
  const auto another = usage_of_vmm(::getpid(), {0}, {});
  EXPECT_FALSE(another.supervisors.cpu);
  EXPECT_TRUE(another.supervisors_cpu.empty());
  EXPECT_GE(usage.supervisors_cpu.at("main"), *usage.sandbox.cpu);
  EXPECT_GE(usage.supervisors_cpu.at("io"), Duration::zero());
  EXPECT_FALSE(usage_of_vmm(::getpid(), {}, {}).sandbox.cpu);
  const auto helped =
      usage_of_vmm(::getpid(), {static_cast<pid_t>(::syscall(SYS_gettid))}, {}, {::getpid()});
  EXPECT_GE(*helped.supervisors.cpu, *usage.supervisors.cpu + *usage.sandbox.cpu);
}

}  // namespace
}  // namespace strata::drivers
