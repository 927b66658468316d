// What the emulator asks of a driver, with one that starts nothing.

#include "drivers/faas/emulator/driver_sandboxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <memory>
#include <string>

#include "drivers/faas/emulator/testing/zip_builder.h"
#include "drivers/testing/fake_driver.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::faas::emulator {
namespace {

using ::testing::HasSubstr;

class DriverSandboxesTest : public ::testing::Test {
 protected:
  DriverSandboxesTest() {
    sandboxes_.report_to(platform_);
    function_->name = "f";
    function_->code_digest =
        code_.add_zip(testing::build_zip({{"bootstrap", "#!/bin/sh\n", S_IFREG | 0755}})).digest;
  }
  InvocationResult invoke() {
    std::promise<InvocationResult> done;
    InvocationRequest request;
    request.function = function_;
    platform_.invoke(std::move(request),
                     [&](InvocationResult result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }

  drivers::testing::TemporaryFolder folder_;
  ManualClock clock_;
  drivers::testing::FakeDriver driver_{clock_};
  FunctionLog log_{{}};
  CodeStore code_{folder_ / "code", STRATA_AGENT};
  std::shared_ptr<FunctionVersion> function_ = std::make_shared<FunctionVersion>();
  // The threads of the sandboxes, which it waits for, report to the platform.
  struct Starter final : SandboxStarter {
    std::shared_ptr<SandboxHandle> start(SandboxId id,
                                         std::shared_ptr<const FunctionVersion> version,
                                         bool is_provisioned) override {
      return to->start(id, std::move(version), is_provisioned);
    }
    DriverSandboxes* to = nullptr;
  };
  Starter starter_;
  Platform platform_{{}, starter_, log_, clock_};
  DriverSandboxes sandboxes_{{[this] { return driver_.further(); }, std::chrono::seconds(60), {}},
                             code_,
                             [](const std::string&, SandboxId) { return RuntimeEndpoint(); },
                             clock_};

  void SetUp() override { starter_.to = &sandboxes_; }
};

TEST_F(DriverSandboxesTest, MemoryGivesTheShareOfCpus) {
  function_->memory_mb = 1769;
  invoke();
  function_->memory_mb = 128;
  invoke();
  ASSERT_EQ(driver_.limits.size(), 2U);
  EXPECT_EQ(driver_.limits[0].memory, mebibytes(1769));
  EXPECT_EQ(driver_.limits[0].cpus, 1.0);
  EXPECT_EQ(driver_.limits[1].memory, mebibytes(128));
  EXPECT_DOUBLE_EQ(driver_.limits[1].cpus.value_or(0), 128.0 / 1769);
}

TEST_F(DriverSandboxesTest, ADriverThatCantLimitIsNotAskedAgain) {
  driver_.on_start = [&] {
    if (driver_.limits.back().memory) throw UsageError("start it", "it takes no limits");
  };
  invoke();
  invoke();
  ASSERT_EQ(driver_.limits.size(), 3U);
  EXPECT_TRUE(driver_.limits[0].memory);
  EXPECT_FALSE(driver_.limits[1].memory);
  EXPECT_FALSE(driver_.limits[2].memory);
}

TEST_F(DriverSandboxesTest, ASandboxThatCantAskForEventsIsAnErrorThatSaysSo) {
  const auto result = invoke();
  EXPECT_EQ(result.kind, InvocationResult::Kind::kUnavailable);
  EXPECT_THAT(result.payload, HasSubstr("its target has no network"));
  EXPECT_EQ(driver_.alive, 0U);
}

TEST_F(DriverSandboxesTest, WhatTheDriverCouldNotStartIsToldToTheCaller) {
  driver_.on_start = [] { throw Error("start it", "the engine has gone", "start the engine"); };
  const auto result = invoke();
  EXPECT_EQ(result.kind, InvocationResult::Kind::kUnavailable);
  EXPECT_THAT(result.payload, HasSubstr("the engine has gone"));
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
