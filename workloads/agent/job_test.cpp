#include "workloads/agent/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "workloads/wire/job_fields.h"

namespace strata::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;
using wire::JobField;

const Surroundings kHere{"/there", "/there/scratch", "run-1"};

class Payload {
 public:
  Payload& field(JobField which, std::string_view value) {
    wire::append_field(bytes, which, value);
    return *this;
  }
  Payload& number(JobField which, std::uint64_t value) {
    wire::append_number(bytes, which, value);
    return *this;
  }
  [[nodiscard]] bool read(Job& job) const { return parse_job(bytes, kHere, job); }

  std::vector<std::byte> bytes;
};

Payload program(std::string_view path = "/bin/true") {
  return Payload().field(JobField::kArgument, path);
}

TEST(Job, AProgramAloneGetsWhatTheAgentSets) {
  Job job;
  ASSERT_TRUE(program().read(job));
  EXPECT_THAT(job.arguments, ElementsAre("/bin/true"));
  EXPECT_EQ(job.working_directory, "/there/scratch");
  EXPECT_EQ(job.output_limit, 16UL << 20U);
  EXPECT_EQ(job.time_limit_ns, 600'000'000'000U);
  EXPECT_THAT(job.environment,
              ElementsAre(StartsWith("PATH="), "HOME=/there/scratch", "TMPDIR=/there/scratch",
                          "LANG=C", "LD_LIBRARY_PATH=/there/strata/lib",
                          "STRATA_SCRATCH=/there/scratch", "STRATA_RUN_ID=run-1"));
}

TEST(Job, EveryFieldIsRead) {
  Job job;
  ASSERT_TRUE(program("tool")
                  .field(JobField::kArgument, "--two words")
                  .field(JobField::kEnvironment, "A=1=2")
                  .field(JobField::kWorkingDirectory, "/tmp")
                  .field(JobField::kStdin, std::string_view("in\0put", 6))
                  .number(JobField::kTimeLimitNs, 5)
                  .number(JobField::kOutputLimitBytes, 7)
                  .number(JobField::kCpu, 0)
                  .number(JobField::kCpu, 3)
                  .read(job));
  EXPECT_THAT(job.arguments, ElementsAre("tool", "--two words"));
  EXPECT_THAT(job.environment, Contains("A=1=2"));
  EXPECT_EQ(job.working_directory, "/tmp");
  EXPECT_EQ(job.stdin_bytes, std::string("in\0put", 6));
  EXPECT_EQ(job.time_limit_ns, 5U);
  EXPECT_EQ(job.output_limit, 7U);
  EXPECT_THAT(job.cpus, ElementsAre(0U, 3U));
}

TEST(Job, WhatTheJobSetsItselfIsNotSetAgain) {
  Job job;
  ASSERT_TRUE(program().field(JobField::kEnvironment, "HOME=/mine").read(job));
  EXPECT_THAT(job.environment, Contains("HOME=/mine"));
  EXPECT_THAT(job.environment, Not(Contains("HOME=/there/scratch")));
}

TEST(Job, PathsInTheBundleAreWhereTheBundleLies) {
  Job job;
  ASSERT_TRUE(program("bundle:/strata/program/x").read(job));
  EXPECT_THAT(job.arguments, ElementsAre("/there/strata/program/x"));
}

TEST(Job, TheOutputLimitIsBounded) {
  Job job;
  ASSERT_TRUE(program().number(JobField::kOutputLimitBytes, ~0ULL).read(job));
  EXPECT_EQ(job.output_limit, 1UL << 30U);
}

TEST(Job, WhatIsNoJobIsRefused) {
  Job job;
  EXPECT_FALSE(Payload().read(job)) << "no program";
  EXPECT_FALSE(program("").read(job)) << "an empty program";
  EXPECT_FALSE(program(std::string_view("a\0b", 3)).read(job));
  EXPECT_FALSE(program().field(JobField::kEnvironment, "no equals sign").read(job));
  EXPECT_FALSE(program().field(JobField::kTimeLimitNs, "short").read(job));
  EXPECT_FALSE(program().field(static_cast<JobField>(9), "").read(job));
  auto cut = program();
  cut.bytes.pop_back();
  EXPECT_FALSE(cut.read(job));
}

TEST(JobFuzz, WhateverComesIsAJobOrRefused) {
  const auto good = program("bundle:/x")
                        .field(JobField::kEnvironment, "A=b")
                        .field(JobField::kStdin, "input")
                        .number(JobField::kTimeLimitNs, 5)
                        .number(JobField::kCpu, 1)
                        .bytes;
  std::mt19937_64 random(20261125);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = good;
    for (auto changes = random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    bytes.resize(bytes.size() - random() % 3);
    Job job;
    if (!parse_job(bytes, kHere, job)) continue;
    ++accepted;
    ASSERT_FALSE(job.arguments.empty());
    ASSERT_FALSE(job.arguments.front().empty());
    for (const auto& one : job.environment) ASSERT_NE(one.find('='), std::string::npos);
  }
  EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace strata::agent
