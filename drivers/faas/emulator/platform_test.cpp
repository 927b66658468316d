// Which sandbox takes which invocation, and when: with sandboxes that are none, on a clock that
// stands still.

#include "drivers/faas/emulator/platform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::faas::emulator {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Kind = InvocationResult::Kind;
using Reception = Platform::Reception;

class FakeHandle final : public SandboxHandle {
 public:
  void end(Urgency urgency) override { ended = urgency; }
  std::optional<std::uint64_t> peak_memory_bytes() override { return 5U << 20U; }
  Urgency ended = Urgency::kNone;
};

class FakeStarter final : public SandboxStarter {
 public:
  std::shared_ptr<SandboxHandle> start(SandboxId id, std::shared_ptr<const FunctionVersion>,
                                       bool is_provisioned) override {
    started.push_back(id);
    provisioned += is_provisioned ? 1 : 0;
    return handles[id] = std::make_shared<FakeHandle>();
  }
  std::vector<SandboxId> started;
  int provisioned = 0;
  std::map<SandboxId, std::shared_ptr<FakeHandle>> handles;
};

/// What a caller has been answered.
struct Call {
  std::optional<InvocationResult> result;
};

class PlatformTest : public ::testing::Test {
 protected:
  PlatformTest() { make({}); }
  void make(PlatformOptions options) {
    platform_ = std::make_unique<Platform>(options, starter_, log_, clock_);
  }
  static std::shared_ptr<const FunctionVersion> function(const std::string& name,
                                                         std::uint32_t timeout_s = 3) {
    auto version = std::make_shared<FunctionVersion>();
    version->name = name;
    version->arn = "arn:" + name;
    version->timeout_s = timeout_s;
    return version;
  }
  std::shared_ptr<Call> invoke(const std::shared_ptr<const FunctionVersion>& function,
                               bool wants_log = false) {
    auto call = std::make_shared<Call>();
    InvocationRequest request;
    request.function = function;
    request.request_id = "request-" + std::to_string(++requests_);
    request.payload = "{}";
    request.wants_log = wants_log;
    platform_->invoke(std::move(request),
                      [call](InvocationResult result) { call->result = std::move(result); });
    return call;
  }
  /// The sandbox asks for an event; what it got, or "" if it has to wait, is in got_[id].
  Reception next(SandboxId id) {
    got_[id] = "";
    return platform_->next(id, [this, id](const std::shared_ptr<const Invocation>& invocation) {
      got_[id] = invocation ? invocation->request.request_id : "end";
    });
  }
  Reception respond(SandboxId id, const std::string& payload = "1") {
    return platform_->respond(id, got_[id], payload, "");
  }
  /// Takes a sandbox to its first request for an event.
  void come_up(SandboxId id) {
    platform_->sandbox_launched(id);
    next(id);
  }
  void exit(SandboxId id, const std::string& how = "Runtime exited with error: exit status 1") {
    platform_->sandbox_ended(id, {SandboxEnd::Kind::kExited, how});
  }
  void pass(Duration time) {
    clock_.advance(time);
    platform_->tick();
  }

  ManualClock clock_;
  FakeStarter starter_;
  FunctionLog log_{{}};
  std::unique_ptr<Platform> platform_;
  std::map<SandboxId, std::string> got_;
  int requests_ = 0;
  std::shared_ptr<const FunctionVersion> f_ = function("f");
};

TEST_F(PlatformTest, StartsASandboxForTheFirstInvocationAndUsesItAgain) {
  const auto first = invoke(f_);
  EXPECT_THAT(starter_.started, ElementsAre(1));
  come_up(1);
  EXPECT_EQ(got_[1], "request-1");
  EXPECT_EQ(respond(1, "42"), Reception::kAccepted);
  ASSERT_TRUE(first->result);
  EXPECT_EQ(first->result->payload, "42");
  EXPECT_EQ(first->result->function_error, "");
  next(1);
  const auto second = invoke(f_);
  EXPECT_EQ(got_[1], "request-2");
  EXPECT_THAT(starter_.started, ElementsAre(1));
  EXPECT_EQ(platform_->gauges().in_flight, 1U);
  respond(1);
  EXPECT_EQ(platform_->gauges().in_flight, 0U);
  EXPECT_TRUE(second->result);
}

TEST_F(PlatformTest, TheSandboxThatBecameIdleLastIsUsedFirst) {
  for (int i = 0; i < 3; ++i) invoke(f_);
  for (const SandboxId id : {1U, 2U, 3U}) come_up(id);
  for (const SandboxId id : {2U, 3U, 1U}) {
    respond(id);
    next(id);
  }
  invoke(f_);
  invoke(f_);
  EXPECT_EQ(got_[1], "request-4");
  EXPECT_EQ(got_[3], "request-5");
  EXPECT_EQ(got_[2], "");
}

TEST_F(PlatformTest, BeyondTheLimitsInvocationsAreThrottledWithTheReason) {
  make({.concurrency = 3});
  platform_->set_reserved("f", 1);
  const auto g = function("g");
  invoke(f_);
  auto over = invoke(f_);
  ASSERT_TRUE(over->result);
  EXPECT_EQ(over->result->kind, Kind::kThrottled);
  EXPECT_EQ(over->result->reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
  invoke(g);
  EXPECT_FALSE(invoke(g)->result);
  over = invoke(g);
  ASSERT_TRUE(over->result);
  EXPECT_EQ(over->result->reason, "ConcurrentInvocationLimitExceeded");
  EXPECT_EQ(platform_->metrics().at("g").throttles, 1U);
  platform_->set_reserved("f", std::nullopt);  // its one counts with the others now
  EXPECT_TRUE(invoke(g)->result);
  platform_->set_reserved("g", 0);
  EXPECT_EQ(invoke(g)->result->kind, Kind::kThrottled);
}

TEST_F(PlatformTest, WhatMayWaitWaitsInOrderAndNotForEver) {
  make({.concurrency = 1, .queue_limit = 1s});
  invoke(f_);
  const auto second = invoke(f_);
  const auto third = invoke(f_);
  come_up(1);
  pass(600ms);
  respond(1);
  next(1);
  EXPECT_EQ(got_[1], "request-2");
  pass(500ms);
  ASSERT_TRUE(third->result);
  EXPECT_EQ(third->result->kind, Kind::kThrottled);
  EXPECT_FALSE(second->result);
}

TEST_F(PlatformTest, ASandboxThatIsAboutToBeFreeIsWaitedForABit) {
  invoke(f_);
  come_up(1);
  respond(1);
  invoke(f_);
  EXPECT_THAT(starter_.started, ElementsAre(1));
  next(1);
  EXPECT_EQ(got_[1], "request-2");
  respond(1);
  invoke(f_);
  pass(5ms);  // it takes its time: another one is started
  EXPECT_THAT(starter_.started, ElementsAre(1, 2));
}

TEST_F(PlatformTest, TheTimeOfAFunctionIsKept) {
  const auto call = invoke(f_);
  come_up(1);
  pass(2999ms);
  EXPECT_FALSE(call->result);
  pass(1ms);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->function_error, "Unhandled");
  EXPECT_EQ(call->result->payload,
            R"({"errorMessage":"RequestId: request-1 Error: Task timed out after 3.00 seconds",)"
            R"("errorType":"Sandbox.Timedout"})");
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNow);
  EXPECT_EQ(respond(1), Reception::kWrongState);
  exit(1);
  EXPECT_EQ(platform_->gauges().sandboxes, 0U);
  EXPECT_EQ(platform_->metrics().at("f").timeouts, 1U);
}

TEST_F(PlatformTest, ASandboxThatDiesFailsWhatItWorkedOnAndIsReplaced) {
  const auto call = invoke(f_);
  come_up(1);
  exit(1, "Runtime exited with error: signal: killed");
  ASSERT_TRUE(call->result);
  EXPECT_THAT(call->result->payload, HasSubstr("Runtime.ExitError"));
  EXPECT_THAT(call->result->payload, HasSubstr("signal: killed"));
  invoke(f_);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2));
}

TEST_F(PlatformTest, AFailedInitFailsOneInvocationAndTheNextGetsASandboxOfItsOwn) {
  const auto first = invoke(f_);
  const auto second = invoke(f_);
  platform_->sandbox_launched(1);
  EXPECT_EQ(platform_->fail_init(1, R"({"errorType":"Own"})"), Reception::kAccepted);
  ASSERT_TRUE(first->result);
  EXPECT_EQ(first->result->payload, R"({"errorType":"Own"})");
  EXPECT_EQ(first->result->function_error, "Unhandled");
  exit(1);
  EXPECT_FALSE(second->result);
  come_up(2);
  EXPECT_EQ(got_[2], "request-2");
}

TEST_F(PlatformTest, AnInitHasALimit) {
  const auto call = invoke(f_);
  pass(1h);  // the driver's time is the driver's
  EXPECT_FALSE(call->result);
  platform_->sandbox_launched(1);
  pass(10s);
  ASSERT_TRUE(call->result);
  EXPECT_THAT(call->result->payload, HasSubstr("timed out after 10.00"));
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNow);
}

TEST_F(PlatformTest, ASandboxThatCantBeStartedIsTheEmulatorsFault) {
  const auto call = invoke(f_);
  platform_->sandbox_ended(1, {SandboxEnd::Kind::kNotStarted, "no such engine"});
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->kind, Kind::kUnavailable);
  EXPECT_EQ(call->result->payload, "no such engine");
}

TEST_F(PlatformTest, AnIdleSandboxEndsAfterItsTimeInAnOrderlyWayAndThenByForce) {
  invoke(f_);
  come_up(1);
  respond(1);
  next(1);
  pass(10min - 1ms);
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNone);
  pass(1ms);
  EXPECT_EQ(got_[1], "end");
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kOrderly);
  pass(2s);
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNow);
  exit(1);
  invoke(f_);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2));
}

TEST_F(PlatformTest, ProvisionedSandboxesAreKeptWarmAndReplaced) {
  platform_->set_provisioned(f_, 2);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2));
  EXPECT_EQ(starter_.provisioned, 2);
  EXPECT_EQ(platform_->ready_sandboxes(*f_), 0U);
  come_up(1);
  come_up(2);
  EXPECT_EQ(platform_->ready_sandboxes(*f_), 2U);
  pass(1h);
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNone);
  invoke(f_);
  EXPECT_EQ(got_[2], "request-1");
  exit(1);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2, 3));
  exit(3);  // at its start: not again at once
  EXPECT_THAT(starter_.started, ElementsAre(1, 2, 3));
  pass(1s);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2, 3, 4));
  platform_->set_provisioned(f_, 0);
  come_up(4);
  pass(10min);
  EXPECT_EQ(starter_.handles[4]->ended, Urgency::kOrderly);
}

TEST_F(PlatformTest, CodeThatWasReplacedTakesNothingMore) {
  invoke(f_);
  invoke(f_);
  come_up(1);
  come_up(2);
  respond(1);
  next(1);
  platform_->retire(f_);
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kOrderly);
  EXPECT_EQ(starter_.handles[2]->ended, Urgency::kNone);
  EXPECT_EQ(platform_->sandboxes_of(f_->name), 2);
  respond(2);
  next(2);
  EXPECT_EQ(got_[2], "end");
  EXPECT_EQ(platform_->sandboxes_of(f_->name), 2);
  for (const SandboxId id : {1U, 2U}) {
    platform_->sandbox_ended(id, {SandboxEnd::Kind::kExited, ""});
  }
  EXPECT_EQ(platform_->sandboxes_of(f_->name), 0);
}

TEST_F(PlatformTest, OnlyWhatFitsIsTakenFromARuntime) {
  EXPECT_EQ(next(7), Reception::kAccepted);
  EXPECT_EQ(got_[7], "end");
  const auto call = invoke(f_);
  EXPECT_EQ(next(1), Reception::kWrongState);  // its runtime can't have begun
  come_up(1);
  EXPECT_EQ(platform_->fail_init(1, "{}"), Reception::kWrongState);
  EXPECT_EQ(platform_->respond(1, "another", "1", ""), Reception::kWrongRequest);
  EXPECT_EQ(platform_->fail(1, "another", "1"), Reception::kWrongRequest);
  const auto id = got_[1];
  EXPECT_EQ(next(1), Reception::kWrongState);
  got_[1] = id;
  EXPECT_EQ(respond(1, std::string(6'291'557, 'x')), Reception::kTooLarge);
  ASSERT_TRUE(call->result);
  EXPECT_THAT(call->result->payload, HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_EQ(respond(1), Reception::kWrongState);
}

TEST_F(PlatformTest, TheLogsEndComesWithTheAnswer) {
  const auto call = invoke(f_, true);
  platform_->sandbox_launched(1);
  clock_.advance(7ms);
  next(1);
  platform_->sandbox_printed(1, std::string(5000, 'x') + "\nlast words\n");
  clock_.advance(1500us);
  respond(1);
  EXPECT_FALSE(call->result);
  next(1);
  ASSERT_TRUE(call->result);
  EXPECT_EQ(call->result->log.size(), 4096U);
  EXPECT_THAT(call->result->log,
              HasSubstr("last words\nEND RequestId: request-1\nREPORT RequestId: "
                        "request-1\tDuration: 1.50 ms\tBilled Duration: 9 ms\tMemory Size: 128 "
                        "MB\tMax Memory Used: 5 MB\tInit Duration: 7.00 ms\t\n"));
  const auto warm = invoke(f_, true);
  respond(1);
  next(1);
  EXPECT_THAT(warm->result->log, StartsWith("START RequestId: request-2 Version: $LATEST\n"));
  EXPECT_THAT(warm->result->log, ::testing::Not(HasSubstr("Init Duration")));
}

TEST_F(PlatformTest, AtTheEndWhatWaitsIsRefusedAndWhatWasAdmittedMayFinish) {
  make({.concurrency = 4, .queue_limit = 1s});
  const auto running = invoke(f_);
  const auto starting = invoke(f_);
  come_up(1);
  invoke(function("g"));
  come_up(3);
  respond(3);
  next(3);
  platform_->set_provisioned(function("h"), 1);
  platform_->drain();
  EXPECT_EQ(invoke(f_)->result->kind, Kind::kUnavailable);
  EXPECT_EQ(starter_.handles[3]->ended, Urgency::kOrderly);  // idle
  EXPECT_EQ(starter_.handles[4]->ended, Urgency::kNow);      // nobody waits for it
  EXPECT_EQ(starter_.handles[2]->ended, Urgency::kNone);
  come_up(2);
  respond(2);
  EXPECT_EQ(starting->result->kind, Kind::kAnswered);
  respond(1);
  EXPECT_EQ(running->result->kind, Kind::kAnswered);
  next(1);
  EXPECT_EQ(got_[1], "end");
  for (const SandboxId id : {1U, 2U, 3U, 4U}) exit(id);
  EXPECT_EQ(platform_->gauges().sandboxes, 0U);
}

TEST_F(PlatformTest, AtTheEndNobodyWaitsAtALimit) {
  make({.concurrency = 1, .queue_limit = 1s});
  const auto running = invoke(f_);
  const auto waiting = invoke(f_);
  platform_->drain();
  EXPECT_EQ(waiting->result->kind, Kind::kUnavailable);
  EXPECT_FALSE(running->result);
}

TEST_F(PlatformTest, KillingAllAnswersAll) {
  const auto running = invoke(f_);
  const auto logged = invoke(f_, true);
  const auto starting = invoke(f_);
  come_up(1);
  come_up(2);
  respond(2);
  platform_->kill_all();
  EXPECT_EQ(running->result->kind, Kind::kUnavailable);
  EXPECT_EQ(logged->result->kind, Kind::kAnswered);
  EXPECT_EQ(starting->result->kind, Kind::kUnavailable);
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kNow);
  EXPECT_EQ(platform_->gauges().in_flight, 0U);
}

TEST_F(PlatformTest, AtTheLimitOfSandboxesTheOneIdleLongestMakesRoom) {
  make({.concurrency = 2});
  const auto g = function("g");
  invoke(f_);
  come_up(1);
  respond(1);
  next(1);
  clock_.advance(1s);
  invoke(g);
  come_up(2);
  respond(2);
  next(2);
  invoke(function("h"));
  EXPECT_EQ(starter_.handles[1]->ended, Urgency::kOrderly);
  EXPECT_EQ(starter_.handles[2]->ended, Urgency::kNone);
  EXPECT_THAT(starter_.started, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
