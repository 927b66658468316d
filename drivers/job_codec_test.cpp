#include "drivers/job_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "drivers/testing/scripted_agent.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/frame.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using testing::good_sample;
using ::testing::HasSubstr;
using ::testing::Pair;
using wire::JobField;

std::vector<std::pair<JobField, std::string>> fields_of(const std::vector<std::byte>& payload) {
  std::vector<std::pair<JobField, std::string>> fields;
  wire::JobFieldReader reader(payload);
  JobField field{};
  std::string_view value;
  while (reader.next(field, value)) fields.emplace_back(field, value);
  EXPECT_TRUE(reader.ok());
  return fields;
}

std::string number(std::uint64_t value) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

Job sleep_job() {
  Job job;
  job.argv = {"bundle:/strata/bin/sleep", "1"};
  return job;
}

TEST(EncodeJob, SaysEverythingOnce) {
  auto job = sleep_job();
  job.environment = {{"A", "1=2"}, {"B", ""}};
  job.working_directory = "/tmp";
  job.stdin_bytes = std::string("\0x", 2);
  job.cpus = {3};
  job.time_limit = std::chrono::seconds(2);
  job.output_limit = {1000};
  EXPECT_THAT(
      fields_of(encode_job(job)),
      ElementsAre(
          Pair(JobField::kArgument, "bundle:/strata/bin/sleep"), Pair(JobField::kArgument, "1"),
          Pair(JobField::kEnvironment, "A=1=2"), Pair(JobField::kEnvironment, "B="),
          Pair(JobField::kWorkingDirectory, "/tmp"), Pair(JobField::kStdin, job.stdin_bytes),
          Pair(JobField::kTimeLimitNs, number(2'000'000'000)),
          Pair(JobField::kOutputLimitBytes, number(1000)), Pair(JobField::kCpu, number(3))));
}

TEST(EncodeJob, LeavesOutWhatIsNotSet) {
  EXPECT_THAT(fields_of(encode_job(sleep_job())), ::testing::SizeIs(4));
}

std::string refusal_of(const Job& job) {
  try {
    encode_job(job);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(EncodeJob, RefusesWhatCantBeSent) {
  EXPECT_THAT(refusal_of({}), HasSubstr("names no program"));
  auto job = sleep_job();
  job.argv[1] = std::string("a\0b", 3);
  EXPECT_THAT(refusal_of(job), HasSubstr("an argument has a zero byte in it: \"a\\x00b\""));
  job = sleep_job();
  job.environment["A=B"] = "x";
  EXPECT_THAT(refusal_of(job), HasSubstr("\"A=B\""));
  job = sleep_job();
  job.environment[""] = "x";
  EXPECT_THAT(refusal_of(job), HasSubstr("variable's name"));
  job = sleep_job();
  job.environment["A"] = std::string(1, '\0');
  EXPECT_THAT(refusal_of(job), HasSubstr("zero byte"));
  job = sleep_job();
  job.working_directory = std::string(1, '\0');
  EXPECT_THAT(refusal_of(job), HasSubstr("working directory"));
  job = sleep_job();
  job.time_limit = Duration::zero();
  EXPECT_THAT(refusal_of(job), HasSubstr("time limit"));
}

TEST(EncodeJob, FillsAFrameToTheLastByteAndNoFurther) {
  auto job = sleep_job();
  job.stdin_bytes = "x";
  const auto rest = wire::kMaxPayload - encode_job(job).size();
  job.stdin_bytes.append(rest, 'x');
  EXPECT_EQ(encode_job(job).size(), wire::kMaxPayload);
  job.stdin_bytes += 'x';
  EXPECT_THAT(refusal_of(job), HasSubstr("more than 1 MiB"));
}

std::string sample_error(const std::string& line) {
  Outcome outcome;
  try {
    read_sample(line, "program", outcome);
  } catch (const Error& error) {
    EXPECT_EQ(outcome.sample, "");
    return error.what();
  }
  return "none";
}

/// The good sample with one member replaced; an empty value takes it out.
std::string sample_with(const char* name, const char* value) {
  auto json = nlohmann::json::parse(good_sample());
  if (*value == '\0') {
    json.erase(name);
  } else {
    json[name] = nlohmann::json::parse(value);
  }
  return json.dump();
}

TEST(ReadSample, TakesAnExitAndASignal) {
  Outcome outcome;
  read_sample(sample_with("exit", "255"), "program", outcome);
  EXPECT_TRUE(outcome.exited);
  EXPECT_EQ(outcome.exit_code, 255);
  const std::string killed =
      R"({"exit":null,"signal":9,"timed_out":true,"truncated":true,"processes_left":2,)"
      R"("wall_ns":1,"user_ns":0,"system_ns":0,"peak_memory_bytes":0,"more":[1]})";
  read_sample(killed, "program", outcome);
  EXPECT_FALSE(outcome.exited);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.signal, 9);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_TRUE(outcome.truncated);
  EXPECT_EQ(outcome.processes_left, 2U);
  EXPECT_EQ(outcome.sample, killed);
}

TEST(ReadSample, RefusesEveryMemberThatIsMissingOrOutOfRange) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> bad{
      {"exit", {"", "-1", "256", "1.5", "\"0\"", "true", "[]"}},
      {"signal", {"", "-1", "65", "null", "9"}},
      {"timed_out", {"", "0", "null", "\"no\""}},
      {"truncated", {"", "1"}},
      {"processes_left", {"", "-1", "4194305", "null"}},
      {"wall_ns", {"", "-1", "1e3", "18446744073709551615", "4611686018427387905"}},
      {"user_ns", {"", "null"}},
      {"system_ns", {"", "{}"}},
      {"peak_memory_bytes", {"", "-5"}},
      {"start_error", {"7"}}};
  for (const auto& [name, values] : bad) {
    for (const auto* const value : values) {
      EXPECT_THAT(sample_error(sample_with(name, value)), HasSubstr("read the agent's sample"))
          << name << " = " << value;
    }
  }
}

TEST(ReadSample, RefusesWhatIsNoObjectOnOneLine) {
  for (const auto& line : {std::string(), std::string("7"), std::string("[]"), std::string("{"),
                           good_sample() + "x", good_sample() + "\n", "\r" + good_sample(),
                           std::string(500'000, '['), std::string("\xff\xfe")}) {
    const auto error = sample_error(line);
    EXPECT_THAT(error, HasSubstr("read the agent's sample of program"));
    EXPECT_LT(error.size(), 1000U);
    EXPECT_TRUE(std::ranges::all_of(error.substr(0, 60), [](unsigned char c) { return c < 0x7f; }));
  }
}

TEST(ReadSample, AProgramThatDidNotStartIsToldApart) {
  Outcome outcome;
  EXPECT_THROW(read_sample(R"({"start_error":"no"})", "program", outcome), ProgramNotStarted);
}

TEST(ReadSample, SurvivesEveryMutation) {
  std::mt19937 random(7);
  const auto good = good_sample();
  for (int round = 0; round < 3000; ++round) {
    auto line = good;
    const auto flips = std::uniform_int_distribution<int>(1, 4)(random);
    for (int i = 0; i < flips; ++i) {
      const auto at = std::uniform_int_distribution<std::size_t>(0, line.size() - 1)(random);
      line[at] = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    }
    if (round % 5 == 0) line.resize(line.size() / 2);
    Outcome outcome;
    try {
      read_sample(line, "program", outcome);
      EXPECT_EQ(outcome.sample, line);
      EXPECT_EQ(outcome.exited, outcome.signal == 0);
      EXPECT_GE(outcome.wall, Duration::zero());
    } catch (const Error&) {
      EXPECT_EQ(outcome.sample, "");
    }
  }
}

}  // namespace
}  // namespace strata::drivers
