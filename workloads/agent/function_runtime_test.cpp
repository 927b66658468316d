// The agent as a function's bootstrap, as a process, against a Runtime API that follows a script.

#include "workloads/agent/function_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/agent/testing/runtime_api.h"
#include "workloads/wire/base64.h"
#include "workloads/wire/function_event.h"
#include "workloads/wire/job_fields.h"

namespace strata::agent::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class FunctionRuntimeTest : public ::testing::Test {
 protected:
  FunctionRuntimeTest() {
    std::string folder = "/tmp/strata-function-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
  }
  ~FunctionRuntimeTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> environment() const {
    return {"AWS_LAMBDA_RUNTIME_API=" + api_.address(), "LAMBDA_TASK_ROOT=/",
            "STRATA_SCRATCH=" + folder_.string() + "/deep/scratch"};
  }

  RuntimeApi api_;
  std::filesystem::path folder_;
};

struct JobFields {
  std::vector<std::string> arguments;
  std::string input = {};
  std::uint64_t time_limit_ns = 60'000'000'000;
  std::uint64_t output_limit = 16U << 20U;
};

std::string job_event(const JobFields& job) {
  std::vector<std::byte> payload;
  for (const auto& argument : job.arguments) {
    wire::append_field(payload, wire::JobField::kArgument, argument);
  }
  wire::append_field(payload, wire::JobField::kStdin, job.input);
  wire::append_number(payload, wire::JobField::kTimeLimitNs, job.time_limit_ns);
  wire::append_number(payload, wire::JobField::kOutputLimitBytes, job.output_limit);
  std::string event = R"({"strata":"job","fields":")";
  wire::append_base64(event, {reinterpret_cast<const char*>(payload.data()), payload.size()});
  return event + "\"}";
}

/// What stands behind `"name":"` in an answer, decoded.
std::string text_in(const std::string& answer, std::string_view name) {
  const auto begin = answer.find("\"" + std::string(name) + "\":\"") + name.size() + 4;
  std::string text;
  EXPECT_TRUE(wire::decode_base64(
      std::string_view(answer).substr(begin, answer.find('"', begin) - begin), text))
      << answer.substr(0, 200);
  return text;
}

std::string deadline_header(std::int64_t from_now_ms) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const auto at = std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000 + from_now_ms;
  return "Lambda-Runtime-Deadline-Ms: " + std::to_string(at) + "\r\n";
}

TEST_F(FunctionRuntimeTest, ServesOneEventAfterTheOtherOnOneConnection) {
  const AgentProcess agent(environment());
  for (int i = 1; i <= 3; ++i) {
    const auto event = "{\"n\": " + std::to_string(i) + "}";
    const auto id = "id-" + std::to_string(i);
    ASSERT_TRUE(api_.give_event(event, id));
    const auto answer = api_.take_post("/invocation/" + id + "/response");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, event);
    EXPECT_THAT(answer->head, HasSubstr("\r\ncontent-type: application/json\r\n"));
    EXPECT_THAT(answer->head, HasSubstr("\r\nhost: " + api_.address() + "\r\n"));
    EXPECT_THAT(answer->head, HasSubstr("\r\nuser-agent: strata-agent/"));
  }
  EXPECT_EQ(api_.connections(), 1U);
}

TEST_F(FunctionRuntimeTest, SaysHelloAndWhichInvocationItIs) {
  const AgentProcess agent(environment());
  for (const auto* const beginning :
       {"{\"invocation\":1,\"protocol\":1,", "{\"invocation\":2,\""}) {
    ASSERT_TRUE(api_.give_event(R"({"strata":"hello"})"));
    const auto answer = api_.take_post("/invocation/id-1/response");
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, StartsWith(beginning));
    EXPECT_THAT(answer->body, HasSubstr("\"first_instruction_ns\":"));
  }
}

TEST_F(FunctionRuntimeTest, RunsJobs) {
  const AgentProcess agent(environment());
  const std::string input("a\0b\xff\n", 5);
  ASSERT_TRUE(api_.give_event(
      job_event({{"bundle:/bin/sh", "-c", "cat; echo oops >&2; pwd; exit 3"}, input})));
  const auto answer = api_.take_post("/invocation/id-1/response");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, StartsWith("{\"invocation\":1,\"sample\":{\"exit\":3,\"signal\":0,"));
  EXPECT_EQ(text_in(answer->body, "output"), input + (folder_ / "deep/scratch").string() + "\n");
  EXPECT_EQ(text_in(answer->body, "error_output"), "oops\n");
}

TEST_F(FunctionRuntimeTest, AProgramThatIsNotThereIsAnAnswerToo) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event(job_event({{"/no/such/program"}})));
  const auto answer = api_.take_post("/invocation/id-1/response");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("\"start_error\":\"/no/such/program: could not execute it"));
}

TEST_F(FunctionRuntimeTest, OutputThatNoAnswerHoldsIsCutOff) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(
      api_.give_event(job_event({{"/bin/sh", "-c", "head -c 7000000 /dev/zero; echo lost >&2"}})));
  const auto answer = api_.take_post("/invocation/id-1/response");
  ASSERT_TRUE(answer);
  EXPECT_LE(answer->body.size(), wire::kMostPayload);
  EXPECT_THAT(answer->body, HasSubstr("\"truncated\":true"));
  EXPECT_THAT(answer->body, HasSubstr("\"output_bytes\":7000000,"));
  EXPECT_EQ(text_in(answer->body, "error_output"), "lost\n");
}

TEST_F(FunctionRuntimeTest, AJobEndsBeforeItsInvocationDoes) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event(job_event({{"/bin/sleep", "60"}}), "late", deadline_header(400)));
  const auto answer = api_.take_post("/invocation/late/response");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("\"timed_out\":true"));
}

TEST_F(FunctionRuntimeTest, ADeadlineThatCantBeIsNone) {
  const AgentProcess agent(environment());
  for (const auto& header :
       {deadline_header(-5000), std::string("Lambda-Runtime-Deadline-Ms: x\r\n"),
        std::string("Lambda-Runtime-Deadline-Ms: 99999999999999999999\r\n")}) {
    ASSERT_TRUE(api_.give_event(job_event({{"/bin/sh", "-c", "exit 4"}}), "id-1", header));
    const auto answer = api_.take_post("/invocation/id-1/response");
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, HasSubstr("\"exit\":4,"));
  }
}

TEST_F(FunctionRuntimeTest, WaitsAsLongAsItIsTold) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event(R"({"strata":"wait","milliseconds":1})"));
  const auto answer = api_.take_post("/invocation/id-1/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "{\"invocation\":1}");
}

TEST_F(FunctionRuntimeTest, AnEventThatCantBeReadIsReportedAndNotTheEnd) {
  const AgentProcess agent(environment());
  for (const auto* const event :
       {R"({"strata":"job","fields":"AQI"})", R"({"strata":"job","fields":"AQIDBA=="})",
        R"({"strata":"wait","milliseconds":-1})"}) {
    ASSERT_TRUE(api_.give_event(event));
    const auto error = api_.take_post("/invocation/id-1/error");
    ASSERT_TRUE(error) << event;
    EXPECT_THAT(error->body, HasSubstr("\"errorType\":\"Function.UnreadableEvent\""));
    EXPECT_THAT(error->head,
                HasSubstr("\r\nlambda-runtime-function-error-type: function.unreadableevent\r\n"));
  }
  ASSERT_TRUE(api_.give_event("{}"));
  EXPECT_TRUE(api_.take_post("/invocation/id-1/response"));
}

TEST_F(FunctionRuntimeTest, AnAnswerThatIsTooLargeIsReportedAsSuch) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event("{}"));
  ASSERT_TRUE(api_.next_request());
  api_.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  const auto error = api_.take_post("/invocation/id-1/error");
  ASSERT_TRUE(error);
  EXPECT_THAT(error->body, HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_TRUE(api_.give_event("{}"));
}

TEST_F(FunctionRuntimeTest, WhatCantBeInitialisedIsReported) {
  std::ofstream(folder_ / "file") << "in the way";
  auto variables = environment();
  variables.back() = "STRATA_SCRATCH=" + (folder_ / "file/scratch").string();
  AgentProcess agent(variables);
  const auto error = api_.take_post("/init/error");
  ASSERT_TRUE(error);
  EXPECT_THAT(error->body, HasSubstr("file/scratch: Not a directory"));
  EXPECT_THAT(error->head, HasSubstr("error-type: runtime.noscratchfolder\r\n"));
  EXPECT_EQ(agent.wait(), 1);
  EXPECT_THAT(agent.log(), HasSubstr("could not initialise: "));
}

TEST_F(FunctionRuntimeTest, AConnectionThatTheServerClosedIsMadeAnew) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event("{}", "a"));
  ASSERT_TRUE(api_.take_post("/invocation/a/response"));
  ASSERT_TRUE(api_.next_request());
  api_.close();
  ASSERT_TRUE(api_.give_event("{}", "b"));
  ASSERT_TRUE(api_.next_request());
  api_.send("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(api_.give_event("{}", "c"));
  EXPECT_TRUE(api_.take_post("/invocation/c/response"));
  EXPECT_EQ(api_.connections(), 3U);
}

TEST_F(FunctionRuntimeTest, WhatIsRefusedIsLoggedAndNotTheEnd) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event("{}"));
  ASSERT_TRUE(api_.next_request());
  api_.send("HTTP/1.1 400 Bad\r\nContent-Length: 8\r\n\r\ntoo late");
  EXPECT_TRUE(api_.give_event("{}"));
}

TEST_F(FunctionRuntimeTest, AnAnswerInPiecesIsOne) {
  const AgentProcess agent(environment());
  ASSERT_TRUE(api_.next_request());
  for (const auto* const piece :
       {"HTTP/1.1 200 OK\r\nLambda-Runtime-", "Aws-Request-Id: x\r\nTransfer-",
        "Encoding: chunked\r\n\r", "\n5\r", "\n{\"a\":", "\r\n2\r\n1}\r\n0\r\n", "\r\n"}) {
    api_.send(piece);
  }
  const auto answer = api_.take_post("/invocation/x/response");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "{\"a\":1}");
}

/// What the agent says before it ends, having asked for an event and got this.
void expect_end_after(RuntimeApi& api, const std::vector<std::string>& environment,
                      std::string_view bytes, const std::string& said) {
  AgentProcess agent(environment);
  ASSERT_TRUE(api.next_request());
  api.send(bytes);
  api.close();
  EXPECT_EQ(agent.wait(), 1) << bytes;
  EXPECT_THAT(agent.log(), HasSubstr("could not ask for an event: ")) << bytes;
  EXPECT_THAT(agent.log(), HasSubstr(said)) << bytes;
}

TEST_F(FunctionRuntimeTest, APlatformThatCantBeUnderstoodIsItsEnd) {
  expect_end_after(api_, environment(), "", "no answer from " + api_.address());
  expect_end_after(api_, environment(), "good morning\r\n\r\n", "it is no HTTP/1.1 answer");
  expect_end_after(api_, environment(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{",
                   "closed inside an answer");
  expect_end_after(api_, environment(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                   "no request's id");
  expect_end_after(api_, environment(), "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
                   "code 500");
}

TEST_F(FunctionRuntimeTest, APlatformThatFailsIsItsEnd) {
  AgentProcess agent(environment());
  ASSERT_TRUE(api_.give_event("{}"));
  ASSERT_TRUE(api_.next_request());
  api_.send("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nfire");
  EXPECT_EQ(agent.wait(), 1);
  EXPECT_THAT(agent.log(),
              HasSubstr("could not answer an invocation: it was answered with code 500"));
}

TEST_F(FunctionRuntimeTest, AnAddressThatIsNoneIsNamed) {
  for (const auto* const address : {"127.0.0.1", "nowhere:80", "127.0.0.1:0", "127.0.0.1:99999",
                                    "127.0.0.1:80x", "[::1:80", ":80"}) {
    auto variables = environment();
    variables.front() = std::string("AWS_LAMBDA_RUNTIME_API=") + address;
    AgentProcess agent(variables);
    EXPECT_EQ(agent.wait(), 1) << address;
    EXPECT_THAT(agent.log(), HasSubstr(std::string(address) + " is no ADDRESS:PORT"));
  }
}

}  // namespace
}  // namespace strata::agent::testing
