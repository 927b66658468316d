#include "drivers/kvm/qmp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "drivers/testing/scripted_stream.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

constexpr auto kGreeting = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

class Qmp : public ::testing::Test {
 protected:
  Deadline soon() { return Deadline::after(clock_, std::chrono::seconds(1)); }
  std::string failure_of(const std::string& answer) {
    stream_.say(answer);
    try {
      client_.execute("cont", Json::object(), soon());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  ManualClock clock_;
  testing::ScriptedStream stream_{clock_};
  QmpClient client_{stream_};
};

TEST_F(Qmp, TheGreetingIsStampedAndAnswered) {
  stream_.say(kGreeting, std::chrono::milliseconds(30));
  stream_.say("{\"return\": {}, \"id\": 1}\r\n", std::chrono::milliseconds(5));
  const auto begin = clock_.now();
  EXPECT_EQ(client_.greet(soon()) - begin, std::chrono::milliseconds(30));
  EXPECT_EQ(Json::parse(stream_.written()),
            Json::parse(R"({"execute":"qmp_capabilities","id":1})"));
}

TEST_F(Qmp, WhatIsNoGreetingIsQuoted) {
  stream_.say("{\"hello\": 1}\r\n");
  EXPECT_THROW(client_.greet(soon()), Error);
}

TEST_F(Qmp, AnAnswerMayComeInPiecesAndBehindEvents) {
  stream_.say("{\"event\": \"RESUME\", \"timestamp\": {}}\r\n{\"ret");
  stream_.say("urn\": {\"status\": \"ok\"}, \"id\": 1}\r\n", std::chrono::milliseconds(1));
  EXPECT_EQ(client_.execute("query-status", Json::object(), soon())["status"], "ok");
  const auto events = client_.take_events(soon(), false);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].name, "RESUME");
}

TEST_F(Qmp, TheAnswerToAnotherCallIsPassedOver) {
  stream_.say("{\"return\": 7, \"id\": 9}\r\n{\"return\": 8, \"id\": 1}\r\n");
  EXPECT_EQ(client_.execute("query-x", Json::object(), soon()), 8);
}

TEST_F(Qmp, ARefusalIsAnErrorInItsWords) {
  EXPECT_THAT(
      failure_of("{\"id\": 1, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"),
      HasSubstr("QEMU says: no"));
}

TEST_F(Qmp, WhatIsNoQmpIsAnError) {
  EXPECT_THAT(failure_of("good morning\n"), HasSubstr("good morning"));
  EXPECT_THAT(failure_of("[1]\n"), HasSubstr("no QMP"));
  EXPECT_THAT(failure_of("{\"id\": 3}\n"), HasSubstr("says nothing"));
}

TEST_F(Qmp, ALineWithoutEndIsCutOff) {
  EXPECT_THAT(failure_of(std::string(2UL << 20U, 'x')), HasSubstr("1 MiB"));
}

TEST_F(Qmp, TheEndOfTheStreamIsAnError) {
  stream_.end();
  EXPECT_THAT(failure_of(""), HasSubstr("closed its monitor"));
}

TEST_F(Qmp, SilenceEndsAtTheDeadline) {
  EXPECT_THROW(client_.execute("cont", Json::object(), soon()), DeadlineExceeded);
}

TEST_F(Qmp, EventsAreTakenOnce) {
  stream_.say(
      "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\n");
  stream_.end();
  const auto events = client_.take_events(soon(), true);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].reason, "guest-reset");
  EXPECT_THAT(client_.take_events(soon(), false), IsEmpty());
}

TEST(QmpEvents, SayHowAGuestEnded) {
  EXPECT_EQ(describe_end({}), "");
  EXPECT_EQ(describe_end({{"RESUME", ""}, {"SHUTDOWN", "guest-reset"}}), "the guest reset itself");
  EXPECT_EQ(describe_end({{"GUEST_PANICKED", ""}, {"SHUTDOWN", "guest-reset"}}),
            "the guest's kernel panicked");
  EXPECT_EQ(describe_end({{"SHUTDOWN", "guest-panic"}}), "the guest's kernel panicked");
}

TEST(QmpDiskError, IsWhatTheSystemSaid) {
  EXPECT_EQ(describe_disk_error({{"RESUME", ""}}), "");
  EXPECT_EQ(describe_disk_error({{"BLOCK_IO_ERROR", "No space left on device"}}),
            "No space left on device");
  EXPECT_EQ(describe_disk_error({{"BLOCK_IO_ERROR", ""}}), "an error of a disk");
}

TEST(QmpUserNetwork, TheForwardedPortIsFound) {
  const std::string text =
      "Hub -1 (network):\r\n"
      "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
      "  TCP[HOST_FORWARD]  12       127.0.0.1 40123       10.0.2.15  7411     0     0\r\n";
  EXPECT_EQ(forwarded_port_in(text, 7411), 40123);
  EXPECT_FALSE(forwarded_port_in(text, 7412));
  EXPECT_FALSE(forwarded_port_in("", 7411));
  EXPECT_FALSE(forwarded_port_in("  TCP[HOST_FORWARD]  12  127.0.0.1 99999 10.0.2.15 7411", 7411));
}

}  // namespace
}  // namespace strata::drivers
