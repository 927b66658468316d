#include "drivers/kvm/accelerator_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;

TEST(KvmLoops, RatesAreJudged) {
  EXPECT_EQ(judge({3e9, 3e9}), KvmVerdict::kHardware);
  EXPECT_EQ(judge({8e5, 2e9}), KvmVerdict::kRing3Only);
  EXPECT_EQ(judge({8e5, 8e5}), KvmVerdict::kEmulated);
  EXPECT_THAT(describe(KvmVerdict::kRing3Only, {8.1e5, 2.04e9}),
              HasSubstr("a stock kernel hangs (8.1e+05 rounds/s of a loop in ring 0, 2.04e+09"));
}

/// A host with the rates that a test gives it.
class Choice : public ::testing::Test {
 protected:
  AcceleratorChoice choose(const std::string& key = "kernel 1") {
    return choose_accelerator(folder_ / "cache/accelerator", key,
                              {[this] {
                                 ++loops_;
                                 if (!has_kvm_) throw Error("open /dev/kvm", "No such file");
                                 return rates_;
                               },
                               [this] {
                                 ++canaries_;
                                 if (!boots_) throw Error("boot", "it hangs");
                               }});
  }
  testing::TemporaryFolder folder_;
  bool has_kvm_ = true;
  bool boots_ = true;
  LoopRates rates_{3e9, 3e9};
  int loops_ = 0;
  int canaries_ = 0;
};

TEST_F(Choice, IsKvmOnceAGuestHasStarted) {
  EXPECT_EQ(choose().accelerator, Accelerator::kKvm);
  EXPECT_EQ(canaries_, 1);
}

TEST_F(Choice, IsRememberedForTheSameHost) {
  const auto first = choose();
  EXPECT_EQ(choose(), first);
  EXPECT_EQ(loops_, 1);
  EXPECT_EQ(canaries_, 1);
  rates_ = {1e5, 1e9};
  EXPECT_EQ(choose("kernel 2").accelerator, Accelerator::kTcg);
  EXPECT_EQ(loops_, 2);
}

TEST_F(Choice, IsEmulationWhereKernelsAreEmulated) {
  rates_ = {8e5, 2e9};
  const auto choice = choose();
  EXPECT_EQ(choice.accelerator, Accelerator::kTcg);
  EXPECT_THAT(choice.why, HasSubstr("/dev/kvm opens"));
  EXPECT_EQ(canaries_, 0) << "a guest that hangs was tried";
}

TEST_F(Choice, IsEmulationWhereNoGuestStarts) {
  boots_ = false;
  const auto choice = choose();
  EXPECT_EQ(choice.accelerator, Accelerator::kTcg);
  EXPECT_THAT(choice.why, HasSubstr("it hangs"));
}

TEST_F(Choice, IsEmulationWithoutKvm) {
  has_kvm_ = false;
  const auto choice = choose();
  EXPECT_EQ(choice.accelerator, Accelerator::kTcg);
  EXPECT_THAT(choice.why, HasSubstr("/dev/kvm"));
}

TEST_F(Choice, AFileThatIsNoneIsFoundOutAgain) {
  for (const std::string text : {"", "kernel 1", "kernel 1\nkvm", "kernel 1\nxen\nwhy\n"}) {
    testing::write_file(folder_ / "cache/accelerator", text);
    loops_ = 0;
    EXPECT_EQ(choose().accelerator, Accelerator::kKvm);
    EXPECT_EQ(loops_, 1) << text;
  }
}

}  // namespace
}  // namespace strata::drivers
