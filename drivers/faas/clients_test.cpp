// The emulator with clients and a runtime of others: what it answers is right if they say so.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver_table.h"
#include "drivers/faas/function_zip.h"
#include "drivers/faas/lambda_client.h"
#include "drivers/faas/own_platform.h"
#include "drivers/file_digest.h"
#include "drivers/testing/run_command.h"
#include "drivers/testing/temporary_folder.h"

namespace strata::drivers::faas {
namespace {

namespace fs = std::filesystem;
using drivers::testing::run_command;
using drivers::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(60)); }

/// A bundle of files as they are, for a zip.
Bundle bundle_of(const std::vector<std::pair<std::string, fs::path>>& files) {
  Bundle bundle;
  for (const auto& [name, source] : files) {
    bundle.files.push_back({name, source, true, file_sha256(source), {fs::file_size(source)}});
  }
  return bundle;
}

class Clients : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "cache");
    fs::create_directories(folder_ / "run");
    ::setenv("AWS_ACCESS_KEY_ID", "id", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    ::setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    ::setenv("AWS_MAX_ATTEMPTS", "1", 1);
    ::setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    ::setenv("AWS_PAGER", "", 1);
    // Of the host, where nothing but loopback is meant.
    ::setenv("NO_PROXY", "127.0.0.1", 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
  }

  [[nodiscard]] std::string endpoint() const { return own_->platform().endpoint; }

  /// The agent as a function, in a file.
  std::string agent_zip() {
    const auto path = folder_ / "agent.zip";
    std::ofstream(path, std::ios::binary)
        << make_function_zip(make_agent_bundle(STRATA_AGENT), enough());
    return path.string();
  }

  TemporaryFolder folder_;
  DriverContext context_{monotonic_clock(), "0c11e475", folder_ / "cache", folder_ / "run",
                         STRATA_AGENT};
  Target isolation_{"process", "process", {}, {}};
  std::shared_ptr<OwnPlatform> own_ =
      OwnPlatform::of({"clients", "faas", {}, {}}, isolation_, context_);
};

TEST_F(Clients, AwsCliCreatesInvokesThrottlesAndDeletes) {
  const std::string aws = "/usr/bin/aws";  // Debian's, which ci/install-packages installs
  if (!fs::exists(aws)) GTEST_SKIP() << "awscli is not installed (apt-get install awscli)";
  const auto call = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {aws, "--endpoint-url", endpoint(), "lambda"});
    return run_command(words);
  };
  const auto ask = [&](const std::vector<std::string>& words) {
    const auto result = call(words);
    EXPECT_EQ(result.status, 0) << words.front() << result.output;
    return Json::parse(result.output, nullptr, false);
  };
  const std::string name = "from-the-shell";
  const auto created =
      ask({"create-function", "--function-name", name, "--runtime", "provided.al2023", "--handler",
           "bootstrap", "--role", "arn:aws:iam::000000000000:role/strata", "--zip-file",
           "fileb://" + agent_zip()});
  EXPECT_EQ(created["FunctionName"], name);
  EXPECT_EQ(call({"wait", "function-active-v2", "--function-name", name}).status, 0);
  EXPECT_EQ(ask({"get-function", "--function-name", name})["Configuration"]["State"], "Active");
  EXPECT_EQ(ask({"list-functions"})["Functions"].size(), 1U);

  const auto answer = folder_ / "answer.json";
  const std::vector<std::string> invoke{"invoke",
                                        "--function-name",
                                        name,
                                        "--cli-binary-format",
                                        "raw-in-base64-out",
                                        "--payload",
                                        R"({"a":[1,"ü"]})",
                                        "--log-type",
                                        "Tail",
                                        answer.string()};
  const auto invoked = ask(invoke);
  EXPECT_EQ(invoked["StatusCode"], 200);
  EXPECT_EQ(invoked["ExecutedVersion"], "$LATEST");
  EXPECT_TRUE(invoked.contains("LogResult"));
  std::ifstream file(answer);
  EXPECT_EQ(Json::parse(file, nullptr, false), Json::parse(R"({"a":[1,"ü"]})"));

  const auto limited = ask({"put-function-concurrency", "--function-name", name,
                            "--reserved-concurrent-executions", "0"});
  EXPECT_EQ(limited["ReservedConcurrentExecutions"], 0);
  EXPECT_NE(call(invoke).status, 0);
  EXPECT_EQ(call({"delete-function-concurrency", "--function-name", name}).status, 0);
  EXPECT_EQ(ask(invoke)["StatusCode"], 200);

  EXPECT_EQ(call({"delete-function", "--function-name", name}).status, 0);
  EXPECT_NE(call({"get-function", "--function-name", name}).status, 0);
}

/// Where the npm packages are; nothing if they can't be had.
std::optional<std::string> packages() {
  const auto result =
      run_command({STRATA_SOURCE "/ci/npm-packages", STRATA_SOURCE "/drivers/faas/testing/clients",
                   "aws-lambda-ric"});
  if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 77) return std::nullopt;
  EXPECT_EQ(result.status, 0) << "ci/npm-packages failed";
  auto place = result.output;
  while (place.ends_with('\n')) place.pop_back();
  return place;
}

TEST_F(Clients, TheSdkForJavaScriptCreatesInvokesThrottlesAndDeletes) {
  const auto place = packages();
  if (!place) GTEST_SKIP() << "npm is not installed";
  ::setenv("NODE_PATH", (*place + "/node_modules").c_str(), 1);
  const auto result =
      run_command({"node", STRATA_SOURCE "/drivers/faas/testing/clients/sdk_client.cjs", endpoint(),
                   agent_zip()});
  ASSERT_EQ(result.status, 0) << result.output;
  const auto said = Json::parse(result.output);
  EXPECT_EQ(said["status"], 200);
  EXPECT_EQ(said["version"], "$LATEST");
  EXPECT_EQ(said["payload"], R"({"a":1})");
  EXPECT_THAT(said["log"].get<std::string>(), HasSubstr("\nREPORT RequestId: "));
  EXPECT_EQ(said["dry_run"], 204);
  EXPECT_EQ(said["throttled"],
            "TooManyRequestsException 429 ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(said["deleted"], "ResourceNotFoundException 404");
}

TEST_F(Clients, AHandlerRunsUnderAwssRuntimeForNodeJs) {
  const auto place = packages();
  if (!place) GTEST_SKIP() << "npm is not installed";
  const auto bootstrap = folder_ / "bootstrap";
  std::ofstream(bootstrap) << fmt::format(
      "#!/bin/sh\nexec /usr/bin/env node {}/node_modules/aws-lambda-ric/bin/index.mjs "
      "\"$_HANDLER\"\n",
      *place);
  FunctionDefinition definition;
  definition.name = "counting";
  definition.role = "arn:aws:iam::000000000000:role/strata";
  definition.handler = "handler.handler";
  definition.zip = make_function_zip(
      bundle_of({{"bootstrap", bootstrap},
                 {"handler.js", STRATA_SOURCE "/drivers/faas/testing/clients/handler.js"}}),
      enough());
  LambdaClient client(own_->platform(), monotonic_clock());
  client.create(definition, enough());
  for (int n = 1; n <= 3; ++n) {
    const auto one = client.invoke("counting", Json{{"n", n}}.dump(), enough());
    ASSERT_EQ(one.end, Invocation::End::kGood) << to_string(one.failure) << one.log;
    const auto answer = Json::parse(one.payload);
    EXPECT_EQ(answer["next"], n + 1);
    EXPECT_EQ(answer["name"], "counting");
    EXPECT_FALSE(answer["id"].get<std::string>().empty());
    EXPECT_THAT(one.log, HasSubstr("counting on from"));
    ASSERT_TRUE(one.report);
    EXPECT_EQ(one.report->init.has_value(), n == 1);
  }
  const auto failed = client.invoke("counting", R"({"fail":true})", enough());
  EXPECT_EQ(failed.end, Invocation::End::kFunctionError);
  const auto error = Json::parse(failed.payload);
  EXPECT_EQ(error["errorType"], "RangeError");
  EXPECT_EQ(error["errorMessage"], "no such luck");
  EXPECT_THAT(error["trace"].at(0).get<std::string>(), StartsWith("RangeError"));
  EXPECT_EQ(client.invoke("counting", R"({"n":1})", enough()).end, Invocation::End::kGood);
  EXPECT_TRUE(client.remove("counting", enough()));
}

}  // namespace
}  // namespace strata::drivers::faas
