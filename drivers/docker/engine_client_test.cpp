#include "drivers/docker/engine_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "drivers/docker/engine_socket.h"
#include "drivers/testing/scripted_engine.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using testing::EngineReply;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::ScriptedEngine;
using ::testing::StartsWith;

/// Far enough away for everything that is answered.
Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

class EngineClientTest : public ::testing::Test {
 protected:
  /// What a call that is answered like this comes to.
  Failure failure_of(EngineReply reply) {
    engine_.answer("GET /info", std::move(reply));
    EngineClient client(engine_.socket_path());
    try {
      client.ask("GET", "/info", enough());
    } catch (const Error& error) {
      return error.failure();
    }
    return {};
  }
  ScriptedEngine engine_;
};

TEST_F(EngineClientTest, CallsHaveTheApisVersionAndKeepTheConnection) {
  engine_.answer("GET /info", http_reply(200, R"({"Driver":"overlay2"})"));
  EngineClient client(engine_.socket_path());
  EXPECT_EQ(client.ask("GET", "/info", enough()), nlohmann::json({{"Driver", "overlay2"}}));
  EXPECT_EQ(client.ask("GET", "/info?x=1", enough())["Driver"], "overlay2");
  EXPECT_THAT(engine_.requests(),
              ElementsAre(StartsWith("GET /version "), StartsWith("GET /v1.40/info "),
                          StartsWith("GET /v1.40/info?x=1 ")));
}

TEST_F(EngineClientTest, AnEngineThatWantsANewerVersionGetsIt) {
  engine_.answer("GET /version",
                 http_reply(200, R"({"ApiVersion":"1.47","MinAPIVersion":"1.44"})"));
  EngineClient client(engine_.socket_path());
  EXPECT_EQ(client.versioned("/x", enough()), "/v1.44/x");
}

TEST_F(EngineClientTest, AnEngineThatIsTooOldOrSaysNoVersionIsRefused) {
  for (const auto* const said :
       {R"({"ApiVersion":"1.39"})", R"({"ApiVersion":"1"})", R"({"ApiVersion":"1.x"})",
        R"({"ApiVersion":7})", "{}", "[]", "good morning", ""}) {
    engine_.answer("GET /version", http_reply(200, said));
    EngineClient client(engine_.socket_path());
    EXPECT_THROW(client.versioned("/x", enough()), Error) << said;
  }
  engine_.answer("GET /version", http_reply(500, "{}"));
  EXPECT_THROW(EngineClient(engine_.socket_path()).versioned("/x", enough()), Error);
}

TEST_F(EngineClientTest, ARefusalHasTheStatusAndTheEnginesOwnWords) {
  const auto refused = failure_of(http_reply(404, R"({"message":"no such thing"})"));
  EXPECT_THAT(refused.tried, HasSubstr("GET /info of the engine at " + engine_.socket_path()));
  EXPECT_EQ(refused.said, "404: no such thing");
  EXPECT_THAT(failure_of(http_reply(500, R"({"message":"broken"})")).do_next, HasSubstr("log"));
  EXPECT_THAT(failure_of(http_reply(418, "tea\x1b")).said,
              HasSubstr("418, without a message: tea\\x1b"));
}

TEST_F(EngineClientTest, AnAnswerThatIsCutOffOrNoneIsAnError) {
  EXPECT_THAT(failure_of({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", true}).said,
              HasSubstr("before its answer was whole"));
  EXPECT_THAT(failure_of({"", true}).do_next, HasSubstr("probably died"));
}

TEST_F(EngineClientTest, WhatIsNoHttpOrNoJsonIsAnError) {
  EXPECT_EQ(failure_of({"good morning\r\n\r\n", true}).do_next, kNoEngine);
  EXPECT_THAT(failure_of(http_reply(200, "{]")).said, HasSubstr("no JSON: {]"));
}

TEST_F(EngineClientTest, AnAnswerWithoutEndIsNotTakenIn) {
  EXPECT_THAT(failure_of(http_reply(200, std::string(17U << 20U, 'x'))).said,
              HasSubstr("more than 16 MiB"));
  EXPECT_NE(failure_of({"HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n"}).said,
            "");
}

TEST_F(EngineClientTest, WhatIsNeverAnsweredEndsAtTheDeadline) {
  EngineClient client(engine_.socket_path());
  EXPECT_THROW(client.ask("GET", "/never",
                          Deadline::after(monotonic_clock(), std::chrono::milliseconds(20))),
               DeadlineExceeded);
  EXPECT_THROW(client.ask("GET", "/info", {monotonic_clock(), monotonic_clock().now()}),
               DeadlineExceeded);
  // The next call has a connection of its own.
  engine_.answer("GET /info", http_reply(200, "7"));
  EXPECT_EQ(client.ask("GET", "/info", enough()), 7);
}

TEST_F(EngineClientTest, BodiesAreSentAsJsonAndUploadsPieceByPiece) {
  engine_.answer("POST /containers/create", http_reply(201, R"({"Id":"1"})"));
  engine_.answer("POST /images/create", http_reply(200, ""));
  EngineClient client(engine_.socket_path());
  client.ask("POST", "/containers/create", enough(), {{"Image", "a\xff"}});
  std::vector<std::string> pieces{"first", "second", ""};
  std::size_t next = 0;
  const auto answer = client.upload(
      "/images/create?repo=x", "application/x-tar",
      [&]() -> std::string_view { return pieces[next++]; }, enough());
  EXPECT_TRUE(answer.is_success());
  const auto requests = engine_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_THAT(requests[1], HasSubstr("{\"Image\":\"a"));
  EXPECT_THAT(requests[2], HasSubstr("first"));
  EXPECT_THAT(requests[2], HasSubstr("second"));
}

TEST_F(EngineClientTest, WhatASourceThrowsComesOut) {
  EngineClient client(engine_.socket_path());
  EXPECT_THROW(client.upload(
                   "/images/create", "application/x-tar",
                   []() -> std::string_view { throw UsageError("read", "it is gone"); }, enough()),
               UsageError);
}

TEST_F(EngineClientTest, APendingCallIsAnsweredLater) {
  EngineClient client(engine_.socket_path());
  engine_.answer("GET /info", http_reply(200, "1"));
  engine_.answer("POST /containers/x/wait", http_reply(200, R"({"StatusCode":3})"));
  const auto pending = client.begin("POST", "/containers/x/wait?condition=removed", enough());
  EXPECT_EQ(client.ask("GET", "/info", enough()), 1);
  EXPECT_EQ(pending->finish(enough()).body, R"({"StatusCode":3})");
}

TEST(EngineSocketTest, AnAddressIsAPathOrBeginsLikeAUnixSocket) {
  EXPECT_EQ(engine_socket_path("unix:///run/x.sock"), "/run/x.sock");
  EXPECT_EQ(engine_socket_path("/run/x.sock"), "/run/x.sock");
  for (const auto& address : {std::string("tcp://127.0.0.1:2375"), std::string("run/x.sock"),
                              "/" + std::string(200, 'x')}) {
    EXPECT_THROW(engine_socket_path(address), UsageError) << address;
  }
}

TEST(EngineSocketTest, WhereNobodyListensTheRemedyIsToStartAnEngine) {
  testing::TemporaryFolder folder;
  EngineClient client(folder / "none.sock");
  try {
    client.ask("GET", "/info", enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.failure().do_next, HasSubstr("ci/with-docker"));
  }
}

TEST(EngineTextTest, QueriesAreEscaped) {
  EXPECT_EQ(query_escaped("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(query_escaped("{\"a\": ü}"), "%7B%22a%22%3A%20%C3%BC%7D");
}

TEST(EngineTextTest, ATextIsThereOrEmpty) {
  EXPECT_EQ(text_in({{"a", "b"}}, "a"), "b");
  EXPECT_EQ(text_in({{"a", 1}}, "a"), "");
  EXPECT_EQ(text_in(nlohmann::json::array(), "a"), "");
}

}  // namespace
}  // namespace strata::drivers
