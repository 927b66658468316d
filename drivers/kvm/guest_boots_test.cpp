// Guests boot time after time. STRATA_LONG_TESTS asks for as many as the nightly tests do.

#include <cstdlib>

#include "drivers/kvm/guests_fixture.h"

namespace strata::drivers {
namespace {

TEST_F(Guests, BootInARowWithoutAFailureOrALeak) {
  const int count = std::getenv("STRATA_LONG_TESTS") != nullptr ? 100 : 20;
  const auto kvm = driver(shipped("kvm-microvm"));
  const auto bundle = contract();
  const auto prepared = kvm->prepare(bundle, enough());
  testing::Inventory after_first;
  for (int i = 1; i <= count; ++i) {
    {
      const auto instance = kvm->start(prepared, {}, enough());
      EXPECT_EQ(instance->run(job(bundle, {"exit", "4"}), enough()).exit_code, 4);
      instance->stop(enough());
    }
    ASSERT_THAT(testing::processes_of(context_.run_id), ::testing::IsEmpty()) << "boot " << i;
    ASSERT_FALSE(testing::has_children()) << "boot " << i;
    // One scratch disk, of another name each time, is kept ready for the next guest.
    const auto now = testing::take_inventory({context_.cache_directory});
    if (i == 1) after_first = now;
    ASSERT_EQ(testing::surplus(after_first, now), "") << "boot " << i;
    const std::filesystem::directory_iterator run(context_.private_directory);
    ASSERT_LE(std::distance(begin(run), end(run)), 1) << "boot " << i;
  }
}

}  // namespace
}  // namespace strata::drivers
