// The whole of it, over real sockets, with real sandboxes of the process driver.

#include "drivers/faas/emulator.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver_table.h"
#include "drivers/faas/emulator/report.h"
#include "drivers/faas/emulator/testing/full_disk.h"
#include "drivers/faas/emulator/testing/http_client.h"
#include "drivers/faas/emulator/testing/zip_builder.h"
#include "drivers/testing/eventually.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using drivers::testing::eventually;
using testing::Answer;
using testing::bootstrap_zip;
using testing::build_zip;
using ::testing::HasSubstr;
using testing::HttpClient;
using ::testing::Not;
using ::testing::StartsWith;

constexpr auto kFunctions = "/2015-03-31/functions";

class EmulatorTest : public ::testing::Test {
 protected:
  EmulatorTest() {
    std::filesystem::create_directory(context_.private_directory);
    options_.make_driver = [this] {
      return make_driver(find_driver("process").shipped_targets().front(), context_);
    };
    options_.agent = context_.agent;
    options_.data_directory = root_ / "data";
    options_.event_loops = 2;
    options_.event_retry_delay = 10ms;
    options_.stop_grace = 500ms;
  }
  ~EmulatorTest() override { stop(); }
  void SetUp() override {
    // Where the agent can't run (another machine's, under emulation), nothing of this can.
    const auto found =
        options_.make_driver()->probe(Deadline::after(monotonic_clock(), std::chrono::seconds(60)));
    if (const auto* const why = std::get_if<Unavailable>(&found)) GTEST_SKIP() << to_string(*why);
  }
  void start() {
    emulator_ = std::make_unique<Emulator>(options_);
    thread_ = std::jthread([this] { emulator_->run(); });
  }
  void stop() {
    if (!emulator_) return;
    emulator_->stop();
    thread_.join();
    emulator_.reset();
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& headers = {}) const {
    return HttpClient(emulator_->port()).ask(method, target, body, headers);
  }
  static std::string invocations(const std::string& name) {
    return std::string(kFunctions) + "/" + name + "/invocations";
  }
  Answer invoke(const std::string& name, const std::string& body = "{}",
                const std::string& headers = {}) const {
    return ask("POST", invocations(name), body, headers);
  }
  /// A function of the test bootstrap; `more`: members of the request.
  Answer create(const std::string& name, const std::string& handler, Json more = Json::object()) {
    more.update({{"FunctionName", name},
                 {"Handler", handler},
                 {"Runtime", "provided.al2023"},
                 {"Role", "arn:aws:iam::000000000000:role/any"}});
    if (!more.contains("Code")) {
      static const auto kZip = base64(bootstrap_zip(STRATA_TEST_BOOTSTRAP));
      more["Code"] = {{"ZipFile", kZip}};
    }
    return ask("POST", kFunctions, more.dump());
  }
  static std::string error_name(const Answer& answer) {
    const auto found = answer.headers.find("x-amzn-errortype");
    return found == answer.headers.end() ? "" : found->second;
  }
  [[nodiscard]] std::string metric(const std::string& name) const {
    const auto text = ask("GET", "/metrics").body;
    const auto at = text.find("\nstrata_faas_" + name + " ");
    if (at == std::string::npos) return "none";
    const auto begin = at + name.size() + 14;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  drivers::testing::TemporaryFolder root_;
  DriverContext context_{monotonic_clock(), "run-" + root_.path().filename().string(),
                         root_ / "cache", root_ / "run", STRATA_AGENT};
  EmulatorOptions options_;
  std::unique_ptr<Emulator> emulator_;
  std::jthread thread_;
};

TEST_F(EmulatorTest, AFunctionIsCreatedInvokedChangedAndDeleted) {
  start();
  auto answer = create("f", "echo", {{"Timeout", 5}, {"MemorySize", 256}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  auto json = Json::parse(answer.body);
  EXPECT_EQ(json["FunctionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(json["State"], "Active");
  EXPECT_EQ(json["MemorySize"], 256);
  EXPECT_EQ(create("f", "echo").status, 409);

  answer = invoke("f", R"({"a": [1, 2]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"a": [1, 2]})");
  EXPECT_EQ(answer.headers["x-amz-executed-version"], "$LATEST");
  EXPECT_FALSE(answer.headers.contains("x-amz-function-error"));
  EXPECT_EQ(invoke("arn:aws:lambda:us-east-1:000000000000:function:f").status, 200);
  EXPECT_EQ(metric("cold_starts_total{function=\"f\"}"), "1");

  answer = ask("PUT", std::string(kFunctions) + "/f/configuration",
               R"({"Handler":"environment","Environment":{"Variables":{"COLOUR":"blue"}}})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const std::string seen = Json::parse(invoke("f").body);
  EXPECT_THAT(seen, HasSubstr("COLOUR=blue\n"));
  EXPECT_THAT(seen, HasSubstr("AWS_LAMBDA_FUNCTION_NAME=f\n"));
  EXPECT_THAT(seen, HasSubstr("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256\n"));
  EXPECT_THAT(seen, HasSubstr("/var/task\n"));

  EXPECT_EQ(ask("GET", std::string(kFunctions) + "/f").status, 200);
  EXPECT_EQ(ask("DELETE", std::string(kFunctions) + "/f").status, 204);
  answer = invoke("f");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(error_name(answer), "ResourceNotFoundException");
  EXPECT_EQ(Json::parse(answer.body)["Type"], "User");
}

TEST_F(EmulatorTest, FunctionsThatFailSayHow) {
  start();
  const auto body_of = [&](const std::string& handler, Json more = Json::object()) {
    std::string name = handler;
    std::replace(name.begin(), name.end(), ':', '-');
    const auto created = create(name, handler, std::move(more));
    EXPECT_EQ(created.status, 201) << created.body;
    auto answer = invoke(name);
    EXPECT_EQ(answer.status, 200) << handler;
    EXPECT_EQ(answer.headers["x-amz-function-error"], "Unhandled") << handler;
    return answer.body;
  };
  EXPECT_EQ(body_of("error"), R"({"errorType":"Own","errorMessage":"it is so"})");
  EXPECT_EQ(body_of("init-error"), R"({"errorType":"Own","errorMessage":"it is so"})");
  EXPECT_EQ(body_of("stream-error"), R"({"errorType":"Half","errorMessage":"way"})");
  EXPECT_THAT(body_of("crash"), HasSubstr("Runtime exited with error: signal: killed"));
  EXPECT_THAT(body_of("exit:0"), HasSubstr("Runtime exited without providing a reason"));
  EXPECT_THAT(body_of("exit:4"), HasSubstr("Runtime exited with error: exit status 4"));
  EXPECT_THAT(body_of("exit-at-init"), HasSubstr("Runtime exited with error: exit status 3"));
  EXPECT_THAT(body_of("never", {{"Timeout", 1}}), HasSubstr("Task timed out after 1.00 seconds"));
  EXPECT_THAT(body_of("large"), HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_EQ(invoke("crash").status, 200);  // in a new sandbox

  const auto without = build_zip({{"main.py", "print(1)"}});
  EXPECT_THAT(body_of("nothing", {{"Code", {{"ZipFile", base64(without)}}}}),
              AllOf(HasSubstr("Runtime.InvalidEntrypoint"), HasSubstr("Couldn't find valid")));
  const auto no_right = build_zip({{"bootstrap", "#!/bin/sh\n"}});
  EXPECT_THAT(body_of("no-right", {{"Code", {{"ZipFile", base64(no_right)}}}}),
              HasSubstr("fork/exec /var/task/bootstrap: Permission denied"));
}

TEST_F(EmulatorTest, ARuntimeThatBreaksTheRulesIsToldSoAndTheCallerAnswered) {
  start();
  create("other", "other");
  EXPECT_EQ(invoke("other", "5").body, "5");
  create("twice", "twice");
  EXPECT_EQ(invoke("twice", "1").body, "1");
  EXPECT_EQ(invoke("twice", "2").body, "2");
  create("stream", "stream");
  EXPECT_EQ(invoke("stream").body, "\"one two\" ");
  create("flood", "flood");
  EXPECT_EQ(invoke("flood", "7").body, "7");
}

TEST_F(EmulatorTest, AnInitThatHangsIsEnded) {
  options_.init_limit = 200ms;
  start();
  create("f", "hang-at-init");
  EXPECT_THAT(invoke("f").body, HasSubstr("Task timed out after 0.20 seconds"));
  EXPECT_TRUE(eventually([&] { return metric("sandboxes") == "0"; }));
}

TEST_F(EmulatorTest, TheEndOfTheLogComesWithTheAnswer) {
  options_.log_file = root_ / "log";
  start();
  create("f", "print");
  auto answer = invoke("f", "1", "X-Amz-Log-Type: Tail\r\n");
  const auto log = from_base64(answer.headers["x-amz-log-result"]).value_or("none");
  EXPECT_THAT(log, StartsWith("START RequestId: "));
  EXPECT_THAT(log, HasSubstr("\nREPORT RequestId: "));
  EXPECT_THAT(log, HasSubstr(" MB\tInit Duration: "));
  stop();
  std::ifstream file(options_.log_file);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(all, HasSubstr("it works on it\n"));
  EXPECT_THAT(all, HasSubstr("\tMemory Size: 128 MB"));
}

TEST_F(EmulatorTest, BadRequestsGetAwssErrors) {
  start();
  create("f", "echo");
  const auto expect = [](const Answer& answer, int status, const std::string& name) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(error_name(answer), name) << answer.body;
  };
  expect(invoke("f", "{"), 400, "InvalidRequestContentException");
  expect(invoke("f", "1", "X-Amz-Invocation-Type: Never\r\n"), 400,
         "InvalidParameterValueException");
  expect(invoke("f", "1", "X-Amz-Client-Context: %\r\n"), 400, "InvalidRequestContentException");
  expect(invoke("..%2f..%2fetc"), 400, "ValidationException");
  expect(invoke("%zz"), 400, "ValidationException");
  expect(invoke("f:9"), 404, "ResourceNotFoundException");
  expect(invoke("f", '"' + std::string(6U << 20U, 'x') + '"'), 413, "RequestTooLargeException");
  expect(invoke("f", '"' + std::string(256U << 10U, 'x') + '"', "X-Amz-Invocation-Type: Event\r\n"),
         413, "RequestTooLargeException");
  expect(create("g", "echo", {{"Timeout", 901}}), 400, "ValidationException");
  expect(create("g", "echo", {{"Timeout", "3"}}), 400, "SerializationException");
  expect(ask("POST", kFunctions, R"({"FunctionName":"g","Runtime":"cobol"})"), 400,
         "InvalidParameterValueException");
  expect(create("a b", "echo"), 400, "ValidationException");
  expect(create("h", "echo", {{"Code", {{"ZipFile", "UEsDBA=="}}}}), 400,
         "InvalidParameterValueException");
  expect(create("h", "echo", {{"Code", {{"ZipFile", "!"}}}}), 400, "SerializationException");
  expect(create("h", "echo", {{"Environment", {{"Variables", {{"AWS_REGION", "x"}}}}}}), 400,
         "InvalidParameterValueException");
  expect(ask("POST", kFunctions, "[]"), 400, "InvalidRequestContentException");
  expect(ask("GET", "/2015-03-31/nothing"), 404, "UnknownOperationException");
  expect(ask("BREW", kFunctions), 404, "UnknownOperationException");
  EXPECT_EQ(invoke("f", "", "X-Amz-Invocation-Type: DryRun\r\n").status, 204);
  EXPECT_EQ(invoke("f", "").body, "{}");
  EXPECT_EQ(invoke("f", '"' + std::string(6'000'000, 'x') + '"').body.size(), 6'000'002U);
}

TEST_F(EmulatorTest, WhatIsNoHttpIsRefusedAndNothingElseIsHarmed) {
  start();
  create("f", "echo");
  for (const std::string bytes :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "\x16\x03\x01\x02\x00"}) {
    HttpClient client(emulator_->port());
    client.send(bytes);
    client.finish_sending();
    const auto status = client.receive().status;
    EXPECT_TRUE(status == 0 || status == 400) << status << " for " << bytes;
  }
  HttpClient absurd(emulator_->port());
  absurd.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(absurd.receive().status, 431);
  HttpClient truncated(emulator_->port());
  truncated.send("POST " + invocations("f") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
  truncated.finish_sending();
  EXPECT_EQ(truncated.receive().status, 0);
  HttpClient patient(emulator_->port());  // one that lets it continue
  patient.send("POST " + invocations("f") +
               " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  patient.send("8");
  EXPECT_EQ(patient.receive().body, "8");
  EXPECT_EQ(patient.ask("POST", invocations("f"), "9").body, "9");
}

TEST_F(EmulatorTest, BeyondTheLimitCallersAreThrottledOrWaitAndNoneIsLost) {
  options_.concurrency = 4;
  start();
  create("f", "sleep:50");
  const auto burst = [&](int callers) {
    std::vector<int> statuses(static_cast<std::size_t>(callers));
    std::vector<std::jthread> threads;
    for (auto& status : statuses) {
      threads.emplace_back([&] { status = invoke("f").status; });
    }
    threads.clear();
    return statuses;
  };
  auto statuses = burst(32);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200) +
                std::count(statuses.begin(), statuses.end(), 429),
            32);
  EXPECT_GE(std::count(statuses.begin(), statuses.end(), 200), 4);
  stop();
  options_.queue_limit = 20s;
  start();
  statuses = burst(32);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 32);
}

TEST_F(EmulatorTest, ReservationsAreKept) {
  options_.concurrency = 10;
  start();
  create("f", "sleep:300");
  EXPECT_EQ(
      ask("PUT", "/2017-10-31/functions/f/concurrency", R"({"ReservedConcurrentExecutions":11})")
          .status,
      400);
  EXPECT_EQ(
      ask("PUT", "/2017-10-31/functions/f/concurrency", R"({"ReservedConcurrentExecutions":0})")
          .status,
      200);
  auto answer = invoke("f");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(error_name(answer), "TooManyRequestsException");
  EXPECT_EQ(Json::parse(answer.body)["Reason"],
            "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(ask("GET", "/2019-09-30/functions/f/concurrency").body,
            R"({"ReservedConcurrentExecutions":0})");
  EXPECT_EQ(ask("DELETE", "/2017-10-31/functions/f/concurrency").status, 204);
  EXPECT_EQ(invoke("f").status, 200);
}

TEST_F(EmulatorTest, VersionsAndAliasesLeadToWhatWasPublished) {
  start();
  create("f", "echo");
  auto answer = ask("POST", std::string(kFunctions) + "/f/versions", "{}");
  EXPECT_EQ(Json::parse(answer.body)["Version"], "1");
  answer = ask("POST", std::string(kFunctions) + "/f/versions", "{}");
  EXPECT_EQ(Json::parse(answer.body)["Version"], "1");  // nothing has changed
  ask("PUT", std::string(kFunctions) + "/f/configuration", R"({"Handler":"sleep:1"})");
  answer = ask("POST", std::string(kFunctions) + "/f/versions", "{}");
  EXPECT_EQ(Json::parse(answer.body)["Version"], "2");
  ask("POST", std::string(kFunctions) + "/f/aliases", R"({"Name":"live","FunctionVersion":"1"})");
  answer = invoke("f:live", "5");
  EXPECT_EQ(answer.body, "5");
  EXPECT_EQ(answer.headers["x-amz-executed-version"], "1");
  EXPECT_EQ(ask("POST", invocations("f") + "?Qualifier=2", "5").body, "\"slept\"");
  ask("PUT", std::string(kFunctions) + "/f/aliases/live", R"({"FunctionVersion":"2"})");
  EXPECT_EQ(invoke("f:live", "5").body, "\"slept\"");
  ask("PUT", std::string(kFunctions) + "/f/aliases/live",
      R"({"RoutingConfig":{"AdditionalVersionWeights":{"1":1.0}}})");
  EXPECT_EQ(invoke("f:live", "5").body, "5");
  EXPECT_EQ(ask("DELETE", std::string(kFunctions) + "/f?Qualifier=1").status, 409);
  EXPECT_EQ(ask("GET", std::string(kFunctions) + "/f/versions").status, 200);
}

TEST_F(EmulatorTest, ProvisionedSandboxesAreThereBeforeTheFirstInvocation) {
  start();
  create("f", "environment", {{"Publish", true}});
  const std::string target = "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1";
  EXPECT_EQ(ask("GET", target).status, 404);
  EXPECT_EQ(ask("PUT", target, R"({"ProvisionedConcurrentExecutions":2})").status, 202);
  EXPECT_TRUE(
      eventually([&] { return Json::parse(ask("GET", target).body)["Status"] == "READY"; }));
  EXPECT_EQ(metric("sandboxes"), "2");
  EXPECT_THAT(invoke("f:1").body, HasSubstr("AWS_LAMBDA_INITIALIZATION_TYPE=provisioned"));
  EXPECT_EQ(metric("cold_starts_total{function=\"f\"}"), "0");
  EXPECT_EQ(ask("DELETE", target).status, 204);
}

TEST_F(EmulatorTest, FunctionsAreListedInPages) {
  start();
  for (int i = 0; i < 5; ++i) create("f" + std::to_string(i), "echo");
  std::vector<std::string> names;
  std::string marker;
  do {
    const auto page = Json::parse(ask("GET", std::string(kFunctions) + "/?MaxItems=2" +
                                                 (marker.empty() ? "" : "&Marker=" + marker))
                                      .body);
    for (const auto& function : page["Functions"]) names.push_back(function["FunctionName"]);
    EXPECT_LE(page["Functions"].size(), 2U);
    marker = page.value("NextMarker", "");
  } while (!marker.empty());
  EXPECT_THAT(names, ::testing::ElementsAre("f0", "f1", "f2", "f3", "f4"));
}

TEST_F(EmulatorTest, EventsAreCarriedOutRetriedAndWhatFailsIsSentOn) {
  start();
  create("good", "echo");
  create("bad", "error");
  const auto destination = (root_ / "failed.jsonl").string();
  auto answer =
      ask("PUT", "/2019-09-25/functions/bad/event-invoke-config",
          Json{{"DestinationConfig", {{"OnFailure", {{"Destination", "file://" + destination}}}}}}
              .dump());
  EXPECT_EQ(answer.status, 200) << answer.body;
  const std::string event = "X-Amz-Invocation-Type: Event\r\n";
  EXPECT_EQ(invoke("good", "1", event).status, 202);
  EXPECT_EQ(invoke("bad", R"({"n":1})", event).status, 202);
  EXPECT_TRUE(eventually([&] { return metric("queued_events") == "0"; }));
  EXPECT_EQ(metric("invocations_total{function=\"good\"}"), "1");
  EXPECT_EQ(metric("invocations_total{function=\"bad\"}"), "3");
  std::ifstream file(destination);
  const auto record = Json::parse(file);
  EXPECT_EQ(record["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 3);
  EXPECT_EQ(record["requestPayload"]["n"], 1);
  EXPECT_EQ(record["responsePayload"]["errorType"], "Own");
}

TEST_F(EmulatorTest, FunctionsAndEventsOutliveTheEmulator) {
  options_.concurrency = 1;
  start();
  create("f", "echo");
  create("busy", "sleep:300");
  ask("PUT", "/2017-10-31/functions/f/concurrency", R"({"ReservedConcurrentExecutions":0})");
  EXPECT_EQ(invoke("f", "1", "X-Amz-Invocation-Type: Event\r\n").status, 202);
  stop();
  start();
  EXPECT_EQ(invoke("f").status, 429);
  EXPECT_EQ(metric("queued_events"), "1");
  ask("DELETE", "/2017-10-31/functions/f/concurrency");
  EXPECT_EQ(invoke("f", "7").body, "7");
  EXPECT_TRUE(eventually([&] { return metric("queued_events") == "0"; }));
  EXPECT_THROW(Emulator{options_}, UsageError);  // the directory is in use
}

TEST_F(EmulatorTest, AUrlLeadsToAFunction) {
  start();
  create("f", "echo");
  const auto url = std::string(
      Json::parse(ask("POST", "/2021-10-31/functions/f/url", R"({"AuthType":"NONE"})").body)
          .at("FunctionUrl"));
  const auto host = url.substr(7, url.size() - 8);
  auto answer = HttpClient(emulator_->port())
                    .ask("POST", "/a/b%20c?x=1&x=2&y=%41", "text", "Cookie: a=1; b=2\r\n", host);
  EXPECT_EQ(answer.status, 200);
  const auto event = Json::parse(answer.body);
  EXPECT_EQ(event["version"], "2.0");
  EXPECT_EQ(event["rawPath"], "/a/b c");
  EXPECT_EQ(event["rawQueryString"], "x=1&x=2&y=%41");
  EXPECT_EQ(event["queryStringParameters"], Json({{"x", "1,2"}, {"y", "A"}}));
  EXPECT_EQ(event["cookies"], Json({"a=1", "b=2"}));
  EXPECT_EQ(event["body"], "text");
  EXPECT_EQ(event["requestContext"]["http"]["method"], "POST");
  EXPECT_EQ(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
  EXPECT_EQ(HttpClient(emulator_->port()).ask("GET", "/", "", "", "x.lambda-url.y").status, 403);
}

TEST_F(EmulatorTest, ASlowClientAndOneThatLeavesDoNotDelayOthers) {
  start();
  create("f", "echo");
  std::vector<std::unique_ptr<HttpClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<HttpClient>(emulator_->port()));
    slow.back()->send("POST " + invocations("f") + " HTTP/1.1\r\nContent-Le");
  }
  EXPECT_EQ(invoke("f", "3").body, "3");
  slow.clear();
  create("slow", "sleep:100");
  HttpClient(emulator_->port())
      .send("POST " + invocations("slow") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(invoke("f", "4").body, "4");
  EXPECT_TRUE(eventually([&] { return metric("concurrency") == "0"; }));
}

TEST_F(EmulatorTest, InvocationsInHandEndBeforeTheEmulatorDoes) {
  options_.stop_grace = 20s;
  start();
  create("f", "sleep:300");
  Answer answer;
  {
    const std::jthread caller([&] { answer = invoke("f"); });
    EXPECT_TRUE(eventually([&] { return metric("concurrency") == "1"; }));
    stop();
  }
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "\"slept\"");
}

TEST_F(EmulatorTest, WhatDoesNotEndAtSigtermIsKilled) {
  options_.stop_grace = 100ms;
  start();
  create("f", "ignore-sigterm");
  EXPECT_EQ(invoke("f", "1").body, "1");
  stop();
}

TEST_F(EmulatorTest, OnlyLoopbackIsOpenToAll) {
  options_.address = "0.0.0.0";
  EXPECT_THROW(Emulator{options_}, UsageError);
  options_.address = "localhost";
  EXPECT_THROW(Emulator{options_}, UsageError);
  options_.address = "127.0.0.1";
  options_.credentials = Credentials{"", ""};
  EXPECT_THROW(Emulator{options_}, UsageError);
}

/// A request signed by libcurl, whose SigV4 is none of ours.
long signed_status(const std::string& url, const std::string& user, const std::string& body) {
  CURL* const curl = ::curl_easy_init();
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:lambda");
  ::curl_easy_setopt(curl, CURLOPT_USERPWD, user.c_str());
  ::curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body.c_str());
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  ::curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION,
      +[](char*, std::size_t size, std::size_t count, void*) { return size * count; });
  long status = 0;
  if (::curl_easy_perform(curl) == CURLE_OK) {
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  }
  ::curl_easy_cleanup(curl);
  return status;
}

TEST_F(EmulatorTest, SignaturesAreVerified) {
  start();
  create("f", "echo");
  stop();
  options_.credentials = Credentials{"AKIDEXAMPLE", "a-secret"};
  start();
  const auto url = emulator_->endpoint() + invocations("f");
  EXPECT_EQ(signed_status(url, "AKIDEXAMPLE:a-secret", "{}"), 200);
  EXPECT_EQ(signed_status(url + "?Qualifier=%24LATEST", "AKIDEXAMPLE:a-secret", "{}"), 200);
  EXPECT_EQ(signed_status(url, "AKIDEXAMPLE:another", "{}"), 403);
  EXPECT_EQ(signed_status(url, "AKIDANOTHER:a-secret", "{}"), 403);
  EXPECT_EQ(error_name(invoke("f")), "MissingAuthenticationTokenException");
  EXPECT_EQ(error_name(invoke("f", "{}",
                              "Authorization: AWS4-HMAC-SHA256 "
                              "Credential=AKIDEXAMPLE/20200101/us-east-1/lambda/aws4_request, "
                              "SignedHeaders=host;x-amz-date, Signature=00\r\nX-Amz-Date: "
                              "20200101T000000Z\r\n")),
            "InvalidSignatureException");
}

TEST_F(EmulatorTest, AFolderOfThisHostIsCodeToo) {
  const auto folder = root_ / "function";
  std::filesystem::create_directory(folder);
  std::filesystem::copy(STRATA_TEST_BOOTSTRAP, folder / "bootstrap");
  start();
  EXPECT_EQ(create("f", "echo", {{"Code", {{"StrataPath", folder.string()}}}}).status, 201);
  EXPECT_EQ(invoke("f", "6").body, "6");
  EXPECT_EQ(create("g", "echo", {{"Code", {{"StrataPath", "relative"}}}}).status, 400);
}

TEST_F(EmulatorTest, AFullDiskRefusesWhatHasToBeKeptAndNothingElse) {
  start();
  create("f", "echo");
  EXPECT_EQ(invoke("f", "1").body, "1");
  {
    const testing::FullDisk full;
    const auto answer = create("g", "echo", {{"Description", "other code, other folder"}});
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(error_name(answer), "ServiceException");
    EXPECT_EQ(invoke("f", "2", "X-Amz-Invocation-Type: Event\r\n").status, 500);
    EXPECT_EQ(invoke("f", "3").body, "3");
  }
  EXPECT_EQ(invoke("g").status, 404);
  EXPECT_EQ(create("g", "echo").status, 201);
  EXPECT_EQ(invoke("g", "4").body, "4");
  EXPECT_EQ(invoke("f", "5", "X-Amz-Invocation-Type: Event\r\n").status, 202);
  EXPECT_TRUE(eventually([&] { return metric("queued_events") == "0"; }));
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
