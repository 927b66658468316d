#include "drivers/faas/function_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drivers/faas/testing/scripted_platform.h"
#include "drivers/job_codec.h"
#include "drivers/testing/scripted_agent.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/base64.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers::faas {
namespace {

using ::testing::ElementsAre;
using testing::good_job_answer;
using ::testing::HasSubstr;

Job job_of(std::vector<std::string> words) {
  Job job;
  job.argv = std::move(words);
  return job;
}

std::vector<std::string> arguments_in(const std::string& event) {
  std::string fields;
  EXPECT_TRUE(wire::decode_base64(
      nlohmann::json::parse(event)["fields"].get_ref<const std::string&>(), fields));
  std::vector<std::string> arguments;
  wire::JobFieldReader reader(std::as_bytes(std::span(fields)));
  wire::JobField field{};
  std::string_view value;
  while (reader.next(field, value)) {
    if (field == wire::JobField::kArgument) arguments.emplace_back(value);
  }
  EXPECT_TRUE(reader.ok());
  return arguments;
}

TEST(FunctionJob, ProgramsOfTheBundleAreStartedThroughItsLoader) {
  const auto job = job_of({"bundle:/strata/bin/x", "a"});
  EXPECT_THAT(arguments_in(job_event(job, "lib64/ld.so")),
              ElementsAre("bundle:/lib64/ld.so", "bundle:/strata/bin/x", "a"));
  EXPECT_THAT(arguments_in(job_event(job, "")), ElementsAre("bundle:/strata/bin/x", "a"));
  EXPECT_THAT(arguments_in(job_event(job_of({"/bin/true"}), "lib64/ld.so")),
              ElementsAre("/bin/true"));
}

TEST(FunctionJob, AJobThatCantBeSentIsWrongUse) {
  EXPECT_THROW(job_event({}, "lib64/ld.so"), UsageError);
  EXPECT_THROW(job_event(job_of({std::string("a\0b", 3)}), ""), UsageError);
}

TEST(FunctionJob, AnAnswerIsTakenApart) {
  const auto answer = read_job_answer(good_job_answer(7, "a\nb"), job_of({"x"}));
  EXPECT_EQ(answer.invocation, 7U);
  EXPECT_EQ(answer.outcome.output, "a\nb");
  EXPECT_EQ(answer.outcome.error_output, "");
  EXPECT_TRUE(answer.outcome.succeeded());
  // As it came, its fields in their order.
  EXPECT_EQ(answer.outcome.sample, drivers::testing::good_sample());
}

TEST(FunctionJob, WhatIsNoneIsRefused) {
  const auto good = nlohmann::json::parse(good_job_answer(1));
  std::vector<std::string> bad{"", "null", "[]", "{}", "{", "\"x\""};
  for (const auto* const name : {"invocation", "sample", "output", "error_output"}) {
    auto without = good;
    without.erase(name);
    bad.push_back(without.dump());
    for (const nlohmann::json& other :
         {nlohmann::json(), nlohmann::json(-1), nlohmann::json("?")}) {
      auto changed = good;
      changed[name] = other;
      bad.push_back(changed.dump());
    }
  }
  for (const auto& text : bad) {
    EXPECT_THROW(read_job_answer(text, job_of({"x"})), Error) << text;
  }
}

TEST(FunctionJob, MoreOutputThanAllowedIsRefused) {
  auto job = job_of({"x"});
  job.output_limit = {3};
  EXPECT_EQ(read_job_answer(good_job_answer(1, "abc"), job).outcome.output, "abc");
  EXPECT_THROW(read_job_answer(good_job_answer(1, "abcd"), job), Error);
}

TEST(FunctionJob, AProgramThatWasNotStartedIsSaidSo) {
  auto answer = nlohmann::json::parse(good_job_answer(1));
  answer["sample"] = {{"start_error", "x: could not execute it"}};
  try {
    read_job_answer(answer.dump(), job_of({"x"}));
    FAIL();
  } catch (const ProgramNotStarted& error) {
    EXPECT_THAT(error.what(), HasSubstr("could not execute"));
  }
}

TEST(FunctionJob, InvocationsAreCountedFromOne) {
  EXPECT_EQ(invocation_number(R"({"invocation":3,"x":1})", "try"), 3U);
  for (const auto* const text : {"{}", "", R"({"invocation":0})", R"({"invocation":-3})",
                                 R"({"invocation":"3"})", R"({"invocation":1.5})"}) {
    EXPECT_THROW(invocation_number(text, "try"), Error) << text;
  }
}

}  // namespace
}  // namespace strata::drivers::faas
