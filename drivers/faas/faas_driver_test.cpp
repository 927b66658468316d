// The driver against a platform that follows a script; against the real one: driver_contract_test.

#include "drivers/faas/faas_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "drivers/faas/testing/scripted_platform.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas {
namespace {

using drivers::testing::TemporaryFolder;
using ::testing::AllOf;
using testing::aws_error;
using testing::good_job_answer;
using ::testing::HasSubstr;
using testing::log_header;
using testing::ScriptedPlatform;
using testing::ScriptedReply;
using testing::ScriptedRequest;
using ::testing::StartsWith;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

class FaasDriverTest : public ::testing::Test {
 protected:
  /// On the scripted platform, if `options` name no other.
  std::unique_ptr<Driver> driver_with(std::map<std::string, std::string> options = {}) {
    options.insert({"endpoint", lambda_.endpoint()});
    for (const auto& option : kFaasOptions) {
      options.insert({std::string(option.name), std::string(option.default_value)});
    }
    return std::make_unique<FaasDriver>(Target{"ours", "faas", std::move(options), {}}, context_);
  }
  std::unique_ptr<Instance> start(const Limits& limits = {}) {
    driver_ = driver_with();
    return driver_->start(driver_->prepare(bundle_, enough()), limits, enough());
  }
  static Job job() {
    Job job;
    job.argv = {"bundle:/strata/bin/x"};
    return job;
  }

  TemporaryFolder folder_;
  ScriptedPlatform lambda_;
  DriverContext context_{monotonic_clock(), "0123abcd", folder_ / "cache", folder_ / "run",
                         STRATA_AGENT};
  Bundle bundle_ = make_agent_bundle(STRATA_AGENT);
  std::unique_ptr<Driver> driver_;
};

double metric(const Outcome& outcome, const std::string& name) {
  for (const auto& one : outcome.reported) {
    if (one.name == name) return one.value;
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

TEST_F(FaasDriverTest, AnInstanceIsAFunctionOfItsOwn) {
  const auto first = start();
  const auto second = driver_->start(driver_->prepare(bundle_, enough()), {}, enough());
  ASSERT_EQ(lambda_.functions.size(), 2U);
  const auto& [name, function] = *lambda_.functions.begin();
  EXPECT_THAT(name, StartsWith("strata-0123abcd-"));
  const auto body = nlohmann::json::parse(function.definition);
  EXPECT_EQ(body["Environment"]["Variables"]["STRATA_RUN_ID"], "0123abcd");
  EXPECT_EQ(body["Tags"]["strata.run"], "0123abcd");
  EXPECT_EQ(body["Timeout"], 900);
  first->stop(enough());
  EXPECT_EQ(lambda_.functions.size(), 1U);
}

TEST_F(FaasDriverTest, StartupIsTheFirstInvocationAndNotTheDeployment) {
  TimePoint deployed;
  lambda_.on_request = [&](const ScriptedRequest& request) {
    if (request.path.ends_with("/functions")) deployed = monotonic_clock().now();
    return ScriptedReply{0};
  };
  const auto instance = start();
  const auto& stamps = instance->stamps();
  EXPECT_GT(*stamps.at(Stamp::kRequested), deployed);
  EXPECT_GT(*stamps.at(Stamp::kReady), *stamps.at(Stamp::kRequested));
  EXPECT_FALSE(stamps.at(Stamp::kCreated));
  EXPECT_FALSE(stamps.at(Stamp::kMain));
  EXPECT_GT(*stamps.signal_round_trip, Duration::zero());
  instance->run(job(), enough());
  EXPECT_GT(*stamps.at(Stamp::kFirstResult), *stamps.at(Stamp::kReady));
  instance->stop(enough());
  EXPECT_GE(*stamps.at(Stamp::kRemoved), *stamps.at(Stamp::kStopped));
}

TEST_F(FaasDriverTest, WhatThePlatformSaysStandsBesideWhatWasSeen) {
  lambda_.on_job = [](const std::string& /*event*/, std::uint64_t invocation) {
    return ScriptedReply{
        200,
        {log_header("REPORT RequestId: x\tDuration: 0.000001 ms\tBilled Duration: 1 ms\t"
                    "Max Memory Used: 9 MB\n")},
        good_job_answer(invocation, "hello")};
  };
  const auto instance = start();
  EXPECT_EQ(instance->usage().sandbox.peak_memory, mebibytes(3));
  const auto outcome = instance->run(job(), enough());
  EXPECT_EQ(outcome.output, "hello");
  EXPECT_EQ(metric(outcome, "platform_init"), 7.5e6);
  EXPECT_EQ(metric(outcome, "platform_duration"), 1);
  EXPECT_EQ(metric(outcome, "billed_duration"), 1e6);
  EXPECT_EQ(metric(outcome, "invocation_overhead"), metric(outcome, "invocation_time") - 1);
  EXPECT_EQ(instance->usage().sandbox.peak_memory, mebibytes(9));
  // The start is reported once.
  for (const auto& one : instance->run(job(), enough()).reported) {
    EXPECT_NE(one.name, "platform_init");
  }
}

TEST_F(FaasDriverTest, ALogThatSaysNothingAddsNothing) {
  const auto instance = start();
  const auto outcome = instance->run(job(), enough());
  EXPECT_GT(metric(outcome, "invocation_time"), 0);
  EXPECT_EQ(outcome.reported.size(), 2U);  // and the start's init
}

TEST_F(FaasDriverTest, AnotherSandboxIsNoticed) {
  const auto instance = start();
  lambda_.functions.begin()->second.invocations = 0;
  try {
    instance->run(job(), enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another sandbox answered"));
  }
  EXPECT_THROW(instance->run(job(), enough()), Error);
  EXPECT_THROW(instance->stop(enough()), Error);
}

TEST_F(FaasDriverTest, AFunctionThatFailsIsQuoted) {
  lambda_.on_job = [](const std::string& /*event*/, std::uint64_t /*invocation*/) {
    return ScriptedReply{200,
                         {"X-Amz-Function-Error: Unhandled", log_header("no such luck\n")},
                         R"({"errorMessage":"exit status 7"})"};
  };
  const auto instance = start();
  try {
    instance->run(job(), enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("exit status 7"), HasSubstr("no such luck")));
  }
}

TEST_F(FaasDriverTest, NothingIsLeftOfAStartThatFailed) {
  int invocations = 0;
  lambda_.on_request = [&](const ScriptedRequest& request) {
    if (!request.path.ends_with("/invocations") || ++invocations < 3) return ScriptedReply{0};
    return aws_error(502, "ServiceException", "gone");
  };
  EXPECT_THROW(start(), Error);
  EXPECT_TRUE(lambda_.functions.empty());
  // It is deleted, and then looked for.
  ASSERT_GE(lambda_.requests.size(), 2U);
  EXPECT_EQ(lambda_.requests.end()[-2].method, "DELETE");
  EXPECT_EQ(lambda_.requests.back().method, "GET");
}

TEST_F(FaasDriverTest, NothingIsLeftOfAnInstanceThatWasDropped) {
  start().reset();
  EXPECT_TRUE(lambda_.functions.empty());
}

TEST_F(FaasDriverTest, AFunctionThatSomebodyElseDeletedIsAnError) {
  const auto instance = start();
  lambda_.functions.clear();
  EXPECT_THROW(instance->stop(enough()), Error);
}

TEST_F(FaasDriverTest, MemoryIsALimitAndCpuTimeIsNone) {
  Limits memory;
  memory.memory = mebibytes(256);
  const auto instance = start(memory);
  EXPECT_EQ(nlohmann::json::parse(lambda_.functions.begin()->second.definition)["MemorySize"], 256);
  Limits cpus;
  cpus.cpus = 0.5;
  Limits processes;
  processes.processes = 5;
  for (const auto& limits : {cpus, processes}) {
    try {
      start(limits);
      FAIL();
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("ours"));
    }
  }
}

TEST_F(FaasDriverTest, ADeploymentIsOneFunctionForManyInvocations) {
  driver_ = driver_with();
  auto* const platform = dynamic_cast<FunctionPlatform*>(driver_.get());
  ASSERT_NE(platform, nullptr);
  lambda_.on_request = [](const ScriptedRequest& request) {
    return request.method == "PUT" ? ScriptedReply{200, {}, request.body} : ScriptedReply{0};
  };
  const auto deployment = platform->deploy(driver_->prepare(bundle_, enough()), 7, enough());
  EXPECT_EQ(lambda_.requests.back().body, R"({"ReservedConcurrentExecutions":7})");
  EXPECT_EQ(deployment->memory(), mebibytes(1769));
  constexpr std::uint64_t kCount = 12;
  for (std::uint64_t id = 0; id < kCount; ++id) {
    deployment->begin(id, std::chrono::milliseconds(5), std::chrono::seconds(30));
  }
  EXPECT_THROW(deployment->remove(enough()), Error);
  std::size_t cold = 0;
  std::size_t all = 0;
  while (deployment->under_way() > 0) {
    for (const auto& one : deployment->wait(enough().at())) {
      EXPECT_EQ(one.end, EndedInvocation::End::kGood) << one.failure.said;
      EXPECT_EQ(one.billed, std::chrono::milliseconds(1));
      EXPECT_EQ(one.init.has_value(), one.is_cold);
      cold += one.is_cold ? 1U : 0U;
      ++all;
    }
  }
  EXPECT_EQ(all, kCount);
  EXPECT_EQ(cold, 1U);
  deployment->remove(enough());
  EXPECT_TRUE(lambda_.functions.empty());
}

TEST_F(FaasDriverTest, ADeploymentThatIsDroppedLeavesNothing) {
  driver_ = driver_with();
  auto* const platform = dynamic_cast<FunctionPlatform*>(driver_.get());
  auto deployment = platform->deploy(driver_->prepare(bundle_, enough()), {}, enough());
  deployment->begin(1, std::chrono::milliseconds(5), std::chrono::seconds(30));
  deployment.reset();
  EXPECT_TRUE(lambda_.functions.empty());
}

TEST_F(FaasDriverTest, AProbeTriesAFunction) {
  const auto found = driver_with()->probe(enough());
  ASSERT_TRUE(std::holds_alternative<strata::drivers::Ready>(found));
  EXPECT_EQ(std::get<strata::drivers::Ready>(found).facts.at("platform"), lambda_.endpoint());
  EXPECT_TRUE(lambda_.functions.empty());
  lambda_.on_request = [](const ScriptedRequest& /*request*/) {
    return aws_error(403, "AccessDeniedException", "who are you?");
  };
  const auto refused = driver_with()->probe(enough());
  ASSERT_TRUE(std::holds_alternative<Unavailable>(refused));
  EXPECT_THAT(std::get<Unavailable>(refused).said, HasSubstr("who are you?"));
}

TEST_F(FaasDriverTest, OptionsThatCantBeAreNamed) {
  for (const auto& [name, value] :
       {std::pair("memory", "127"), std::pair("memory", "x"), std::pair("memory", "10241"),
        std::pair("timeout", "0"), std::pair("timeout", "901"), std::pair("provisioned", "yes")}) {
    EXPECT_THROW(driver_with({{name, value}}), UsageError) << name << value;
  }
  try {
    driver_with({{"endpoint", ""}, {"isolation", "dokcer"}});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("docker"));
  }
}

}  // namespace
}  // namespace strata::drivers::faas
