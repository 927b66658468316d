// What becomes of events: the rules as they are, and a queue on a real file whose functions are the
// test.

#include "drivers/faas/emulator/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "drivers/faas/emulator/testing/full_disk.h"
#include "drivers/testing/eventually.h"
#include "drivers/testing/temporary_folder.h"

namespace strata::drivers::faas::emulator {
namespace {

using namespace std::chrono_literals;
using Kind = EventFate::Kind;
using Json = nlohmann::json;
using testing::FullDisk;

constexpr std::int64_t kAccepted = 1'000'000;

InvocationResult good() { return {}; }
InvocationResult failed() {
  InvocationResult result;
  result.payload = R"({"errorType":"Own"})";
  result.function_error = "Unhandled";
  return result;
}
InvocationResult throttled() {
  InvocationResult result;
  result.kind = InvocationResult::Kind::kThrottled;
  return result;
}

EventFate fate(std::uint32_t attempts, std::uint32_t deferrals, const InvocationResult& result,
               const EventInvokeConfig& config = {}, std::int64_t age_ms = 0) {
  QueuedEvent event;
  event.accepted_ms = kAccepted;
  event.attempts = attempts;
  event.deferrals = deferrals;
  return fate_of(event, result, config, 60s, kAccepted + age_ms);
}

TEST(EventFate, AnErrorIsTriedTwiceMoreAfterOneAndTwoMinutes) {
  EXPECT_EQ(fate(1, 0, good()).kind, Kind::kDone);
  EXPECT_EQ(fate(1, 0, failed()).kind, Kind::kRetry);
  EXPECT_EQ(fate(1, 0, failed()).wait_ms, 60'000);
  EXPECT_EQ(fate(2, 0, failed()).wait_ms, 120'000);
  EXPECT_EQ(fate(3, 0, failed()).kind, Kind::kFailed);
  EXPECT_EQ(fate(3, 0, failed()).condition, "RetriesExhausted");
  EventInvokeConfig config;
  config.maximum_retry_attempts = 0;
  EXPECT_EQ(fate(1, 0, failed(), config).condition, "RetriesExhausted");
}

TEST(EventFate, AThrottledOneIsTriedAgainWithLongerAndLongerPausesAndWithoutCounting) {
  EXPECT_EQ(fate(0, 1, throttled()).wait_ms, 1000);
  EXPECT_EQ(fate(0, 2, throttled()).wait_ms, 2000);
  EXPECT_EQ(fate(0, 9, throttled()).wait_ms, 256'000);
  EXPECT_EQ(fate(0, 1000, throttled()).wait_ms, 300'000);
  EXPECT_EQ(fate(7, 3, throttled()).kind, Kind::kRetry);
}

TEST(EventFate, NothingIsTriedBeyondTheEventsAge) {
  constexpr std::int64_t kSixHours = 6 * 3600 * 1000;
  EXPECT_EQ(fate(0, 1, throttled(), {}, kSixHours - 1000).kind, Kind::kRetry);
  EXPECT_EQ(fate(0, 1, throttled(), {}, kSixHours - 999).condition, "EventAgeExceeded");
  EventInvokeConfig config;
  config.maximum_event_age_s = 90;
  EXPECT_EQ(fate(1, 0, failed(), config, 30'000).kind, Kind::kRetry);
  EXPECT_EQ(fate(1, 0, failed(), config, 30'001).condition, "EventAgeExceeded");
  EXPECT_EQ(fate(2, 0, failed(), config, 0).condition, "EventAgeExceeded");
}

/// What the queue wants to be carried out.
class Invocations {
 public:
  struct One {
    InvocationRequest request;
    InvocationDone done;
  };
  EventQueue::Invoke taker() {
    return [this](InvocationRequest request, InvocationDone done) {
      const std::scoped_lock lock(mutex_);
      waiting_.push_back({std::move(request), std::move(done)});
      changed_.notify_all();
    };
  }
  One next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 60s, [&] { return !waiting_.empty(); })) return {};
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    return one;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<One> waiting_;
};

class EventQueueTest : public ::testing::Test {
 protected:
  EventQueueTest() {
    for (const auto* const name : {"f", "g"}) {
      auto version = std::make_shared<FunctionVersion>();
      version->name = name;
      version->arn = std::string("arn:aws:lambda:us-east-1:000000000000:function:") + name;
      Function function;
      function.latest = std::move(version);
      functions_.insert(name, function);
    }
  }
  ~EventQueueTest() override { close(); }
  void open() {
    queue_ = std::make_unique<EventQueue>(folder_ / "events.sqlite", functions_,
                                          invocations_.taker(), 1ms);
    queue_->start();
  }
  void close() { queue_.reset(); }
  /// Why it was not accepted; "" if it was.
  std::string add(const std::string& payload) {
    QueuedEvent event;
    event.request_id = "request-" + payload;
    event.function = "f";
    event.payload = payload;
    std::promise<std::string> accepted;
    queue_->add(event, [&](const std::string& failure) { accepted.set_value(failure); });
    return accepted.get_future().get();
  }
  void configure(const EventInvokeConfig& config) {
    functions_.change("f", [&](Function& function) { function.event_configs[kLatest] = config; });
  }
  /// Whether all is done, in the end.
  bool empties() {
    return drivers::testing::eventually([&] { return queue_->size() == 0; });
  }

  drivers::testing::TemporaryFolder folder_;
  FunctionStore functions_{":memory:"};
  Invocations invocations_;
  std::unique_ptr<EventQueue> queue_;
};

TEST_F(EventQueueTest, WhatIsInHandAtTheEndIsCarriedOutAgain) {
  open();
  EXPECT_EQ(add("1"), "");
  EXPECT_EQ(invocations_.next().request.request_id, "request-1");
  close();  // nobody says how it ended
  open();
  const auto again = invocations_.next();
  EXPECT_EQ(again.request.request_id, "request-1");
  EXPECT_EQ(again.request.payload, "1");
  again.done(good());
  EXPECT_TRUE(empties());
  close();
  open();
  EXPECT_EQ(queue_->size(), 0U);
}

TEST_F(EventQueueTest, AttemptsAreCountedAcrossEnds) {
  open();
  add("1");
  invocations_.next().done(failed());
  invocations_.next().done(failed());
  const auto last = invocations_.next();
  close();
  open();
  invocations_.next().done(failed());
  EXPECT_TRUE(empties());
}

TEST_F(EventQueueTest, WhatFailedIsSentToAFunction) {
  EventInvokeConfig config;
  config.maximum_retry_attempts = 0;
  config.on_failure = "arn:aws:lambda:us-east-1:000000000000:function:g";
  configure(config);
  open();
  add(R"({"n":1})");
  invocations_.next().done(failed());
  const auto sent = invocations_.next();
  ASSERT_TRUE(sent.request.function);
  EXPECT_EQ(sent.request.function->name, "g");
  const auto record = Json::parse(sent.request.payload);
  EXPECT_EQ(record["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(record["requestPayload"]["n"], 1);
  sent.done(good());
  EXPECT_TRUE(empties());
}

TEST_F(EventQueueTest, EventsOfAFunctionThatIsGoneGoToo) {
  open();
  functions_.erase("f");
  EXPECT_EQ(add("1"), "");
  EXPECT_TRUE(empties());
}

TEST_F(EventQueueTest, AFullDiskRefusesEventsAndLosesNone) {
  open();
  EXPECT_EQ(add("1"), "");
  const auto one = invocations_.next();
  {
    const FullDisk full;
    one.done(good());  // its end can't be written yet
    EXPECT_NE(add("2"), "");
  }
  EXPECT_EQ(add("3"), "");
  const auto three = invocations_.next();
  EXPECT_EQ(three.request.request_id, "request-3");
  three.done(good());
  EXPECT_TRUE(empties());
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
