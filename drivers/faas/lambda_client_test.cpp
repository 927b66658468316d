#include "drivers/faas/lambda_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "drivers/faas/testing/scripted_platform.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"
#include "workloads/wire/base64.h"

namespace strata::drivers::faas {
namespace {

using testing::aws_error;
using ::testing::HasSubstr;
using testing::log_header;
using ::testing::Not;
using testing::ScriptedPlatform;
using testing::ScriptedReply;
using testing::ScriptedRequest;
using testing::ScriptedServer;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }
Deadline over() { return {monotonic_clock(), monotonic_clock().now()}; }

Platform platform(const std::string& endpoint) {
  return {endpoint, "eu-north-7", std::nullopt, {}};
}

FunctionDefinition definition() {
  FunctionDefinition definition;
  definition.name = "strata-1";
  definition.zip = std::string("PK\0\xff", 4);
  definition.role = "arn:aws:iam::000000000000:role/strata";
  definition.architecture = "arm64";
  definition.environment = {{"A", "b"}};
  return definition;
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(LambdaClient, CreatesAFunctionAsAwsWantsIt) {
  ScriptedPlatform lambda;
  lambda.pending = 2;
  LambdaClient client(platform(lambda.endpoint()), monotonic_clock());
  client.create(definition(), enough());
  // Pending, asked twice more.
  EXPECT_EQ(lambda.requests.size(), 4U);
  const auto body = nlohmann::json::parse(lambda.functions.at("strata-1").definition);
  EXPECT_EQ(body["Runtime"], "provided.al2023");
  EXPECT_EQ(body["Handler"], "bootstrap");
  EXPECT_EQ(body["Architectures"], nlohmann::json::array({"arm64"}));
  EXPECT_EQ(body["MemorySize"], 1769);
  EXPECT_EQ(body["Environment"]["Variables"]["A"], "b");
  EXPECT_EQ(body["Code"]["ZipFile"], "UEsA/w==");
}

TEST(LambdaClient, AFunctionThatCantBeCreatedIsAnErrorWithItsReason) {
  ScriptedPlatform lambda;
  LambdaClient client(platform(lambda.endpoint()), monotonic_clock());
  client.create(definition(), enough());
  EXPECT_THAT(
      error_of([&] { client.create(definition(), enough()); }),
      HasSubstr("create function strata-1: 409 ResourceConflictException: Function already"));
  lambda.on_request = [](const ScriptedRequest& request) {
    if (request.method == "POST") return ScriptedReply{201, {}, R"({"State":"Pending"})"};
    return ScriptedReply{
        200, {}, R"({"Configuration":{"State":"Failed","StateReason":"no such role"}})"};
  };
  EXPECT_THAT(error_of([&] { client.create(definition(), enough()); }), HasSubstr("no such role"));
}

TEST(LambdaClient, OneConnectionIsKept) {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedReply{200, {}, "{}"}; });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  for (int i = 0; i < 5; ++i) client.invoke("x", "{}", enough());
  EXPECT_EQ(server.connections(), 1U);
}

TEST(LambdaClient, AnInvocationComesBackWithItsReport) {
  ScriptedPlatform lambda;
  LambdaClient client(platform(lambda.endpoint()), monotonic_clock());
  client.create(definition(), enough());
  const auto invocation = client.invoke("strata-1", R"({"strata":"hello"})", enough());
  EXPECT_EQ(invocation.end, Invocation::End::kGood);
  EXPECT_EQ(invocation.payload, R"({"invocation":1})");
  ASSERT_TRUE(invocation.report);
  EXPECT_EQ(invocation.report->init, std::chrono::microseconds(7500));
  EXPECT_GT(invocation.took(), Duration::zero());
  const auto& request = lambda.requests.back();
  EXPECT_EQ(request.path, "/2015-03-31/functions/strata-1/invocations");
  EXPECT_THAT(request.head, HasSubstr("\nx-amz-log-type: Tail\r"));
  EXPECT_THAT(request.head, Not(HasSubstr("\nauthorization:")));
}

TEST(LambdaClient, HowAnInvocationEndedIsAValue) {
  ScriptedReply reply;
  ScriptedServer server([&](const ScriptedRequest&) { return reply; });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  const auto invoke = [&] { return client.invoke("x", "{}", enough()); };

  reply = aws_error(429, "TooManyRequestsException:http://x", "Rate Exceeded.");
  EXPECT_EQ(invoke().end, Invocation::End::kThrottled);
  EXPECT_EQ(invoke().failure.said, "429 TooManyRequestsException: Rate Exceeded.");

  reply = {200,
           {"X-Amz-Function-Error: Unhandled", log_header("no such luck\n")},
           R"({"errorMessage":"exit status 7","errorType":"Runtime.ExitError"})"};
  EXPECT_EQ(invoke().end, Invocation::End::kFunctionError);
  EXPECT_EQ(invoke().failure.said, "Unhandled: exit status 7");
  EXPECT_EQ(invoke().log, "no such luck\n");

  reply = {500, {}, "oops"};
  EXPECT_EQ(invoke().end, Invocation::End::kFailed);
  EXPECT_EQ(invoke().failure.said, "500 without a name: oops");

  reply = {};
  reply.hang_up = true;
  EXPECT_EQ(invoke().end, Invocation::End::kFailed);
  EXPECT_FALSE(invoke().timed_out);

  reply = {200, {"X-Amz-Log-Result: !"}, "1"};
  EXPECT_EQ(invoke().end, Invocation::End::kGood);
  EXPECT_EQ(invoke().log, "");
}

TEST(LambdaClient, AnAnswerBeyondMeasureIsGivenUp) {
  ScriptedServer server([](const ScriptedRequest&) {
    return ScriptedReply{200, {}, std::string((16UL << 20U) + 1, 'x')};
  });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  EXPECT_THAT(client.invoke("x", "{}", enough()).failure.said, HasSubstr("more than 16 MiB"));
}

TEST(LambdaClient, NothingThereIsAnErrorAndNoTimeADeadline) {
  std::string endpoint;
  {
    const ScriptedServer server([](const ScriptedRequest&) { return ScriptedReply{}; });
    endpoint = server.endpoint();
  }
  LambdaClient client(platform(endpoint), monotonic_clock());
  EXPECT_THAT(error_of([&] { client.create(definition(), enough()); }),
              HasSubstr("does a function platform listen there?"));
  EXPECT_THROW(client.create(definition(), over()), DeadlineExceeded);
  EXPECT_TRUE(client.invoke("x", "{}", over()).timed_out);
}

TEST(LambdaClient, APlatformThatDoesNotAnswerKeepsNobody) {
  ScriptedPlatform lambda;
  // A platform whose functions stay pending for ever.
  lambda.pending = 1 << 30;
  LambdaClient client(platform(lambda.endpoint()), monotonic_clock());
  const auto brief = Deadline::after(monotonic_clock(), std::chrono::milliseconds(50));
  EXPECT_THROW(client.create(definition(), brief), DeadlineExceeded);
}

TEST(LambdaClient, ManyInvocationsAreUnderWayAtATime) {
  ScriptedServer server([](const ScriptedRequest& request) {
    return ScriptedReply{200, {}, request.body};
  });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  constexpr std::uint64_t kCount = 40;
  for (std::uint64_t id = 0; id < kCount; ++id) {
    client.begin_invoke(id, "x", std::to_string(id), std::chrono::seconds(30), id % 2 == 0);
  }
  std::set<std::uint64_t> ended;
  while (client.under_way() > 0) {
    for (const auto& one : client.wait(enough().at())) {
      EXPECT_EQ(one.invocation.payload, std::to_string(one.id));
      EXPECT_TRUE(ended.insert(one.id).second);
    }
  }
  EXPECT_EQ(ended.size(), kCount);
  EXPECT_GT(server.connections(), 1U);
  EXPECT_LE(server.connections(), kCount);
}

TEST(LambdaClient, NobodyWaitsBeyondTheMomentGiven) {
  ScriptedServer server([](const ScriptedRequest&) { return ScriptedReply{}; });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  EXPECT_TRUE(client.wait(monotonic_clock().now()).empty());
  EXPECT_TRUE(client.wait(monotonic_clock().now() + std::chrono::microseconds(300)).empty());
}

TEST(LambdaClient, RequestsAreSignedWhereThereAreKeys) {
  ScriptedPlatform lambda;
  auto with_keys = platform(lambda.endpoint());
  with_keys.keys = Platform::Keys{"AKIDEXAMPLE", "secret", "a-token"};
  LambdaClient client(with_keys, monotonic_clock());
  client.create(definition(), enough());
  const auto& head = lambda.requests.back().head;
  EXPECT_THAT(head, HasSubstr("\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  EXPECT_THAT(head, HasSubstr("/eu-north-7/lambda/aws4_request"));
  EXPECT_THAT(head, HasSubstr("x-amz-security-token"));
  EXPECT_THAT(head, HasSubstr("\nx-amz-date: "));
}

TEST(LambdaClient, ProvisionsAVersion) {
  ScriptedServer server([asked = 0](const ScriptedRequest& request) mutable {
    if (request.path.ends_with("/versions")) return ScriptedReply{201, {}, R"({"Version":"3"})"};
    EXPECT_THAT(request.path, HasSubstr("/provisioned-concurrency?Qualifier=3"));
    if (request.method == "PUT") {
      EXPECT_EQ(request.body, R"({"ProvisionedConcurrentExecutions":2})");
      return ScriptedReply{202, {}, R"({"Status":"IN_PROGRESS"})"};
    }
    return ScriptedReply{
        200, {}, ++asked < 3 ? R"({"Status":"IN_PROGRESS"})" : R"({"Status":"READY"})"};
  });
  LambdaClient client(platform(server.endpoint()), monotonic_clock());
  EXPECT_EQ(client.provision("x", 2, enough()), "3");
}

TEST(LambdaClient, WhatIsNotThereCantBeRemoved) {
  ScriptedPlatform lambda;
  LambdaClient client(platform(lambda.endpoint()), monotonic_clock());
  EXPECT_FALSE(client.remove("strata-1", enough()));
  client.create(definition(), enough());
  EXPECT_TRUE(client.remove("strata-1", enough()));
  client.await_removal("strata-1", enough());
  EXPECT_TRUE(lambda.functions.empty());
}

TEST(LambdaClient, AFunctionIsGoneOnceItsSandboxesAreWhereThePlatformTells) {
  ScriptedPlatform lambda;
  auto here = platform(lambda.endpoint());
  std::size_t sandboxes = 3;
  here.sandboxes_of = [&](const std::string& function) {
    EXPECT_EQ(function, "strata-1");
    return --sandboxes;
  };
  LambdaClient client(here, monotonic_clock());
  client.create(definition(), enough());
  client.remove("strata-1", enough());
  client.await_removal("strata-1", enough());
  EXPECT_EQ(sandboxes, 0U);
}

class PlatformVariables : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const auto* const name : {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID",
                                   "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
      ::unsetenv(name);
    }
  }
};

TEST_F(PlatformVariables, AreTheUsualOnes) {
  EXPECT_EQ(platform_at("http://x/", "").endpoint, "http://x");
  EXPECT_EQ(platform_at("http://x", "").region, "us-east-1");
  EXPECT_FALSE(platform_at("http://x", "").keys);
  ::setenv("AWS_DEFAULT_REGION", "b", 1);
  EXPECT_EQ(platform_at("http://x", "").region, "b");
  ::setenv("AWS_REGION", "a", 1);
  EXPECT_EQ(platform_at("http://x", "").region, "a");
  EXPECT_EQ(platform_at("http://x", "c").region, "c");
  ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
  EXPECT_THROW(platform_at("http://x", ""), UsageError);
  ::setenv("AWS_SECRET_ACCESS_KEY", "key", 1);
  EXPECT_EQ(platform_at("http://x", "").keys->secret_access_key, "key");
}

TEST_F(PlatformVariables, AnEndpointIsAnHttpAddress) {
  for (const auto* const text :
       {"", "x", "http://", "ftp://x", "unix:///x", "http://x y", "http://x?y", "https://u:p@x"}) {
    EXPECT_THROW(platform_at(text, ""), UsageError) << text;
  }
}

}  // namespace
}  // namespace strata::drivers::faas
