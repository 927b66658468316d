#include "bench/program_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/testing/fake_driver.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using drivers::testing::good_outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = ProgramDefinition::Kind;

RunDefinition definition_of(Kind kind) {
  RunDefinition definition;
  ProgramDefinition program;
  program.kind = kind;
  definition.programs.push_back(program);
  definition.workloads.push_back(
      {"os/getppid", "os/getppid/real_time", 0, {"--benchmark_min_time=0.1"}, "real_time"});
  definition.cpus = {1};
  definition.trial_timeout = 7s;
  return definition;
}

constexpr auto kJson = R"({"context": {}, "benchmarks": [{"name": "os/getppid/real_time",
  "run_name": "os/getppid/real_time", "run_type": "iteration", "iterations": 10, "real_time": 50.5,
  "cpu_time": 50.25, "time_unit": "ns", "checksum": 42}]})";

std::string error_of(const RunDefinition& definition, const drivers::Outcome& outcome) {
  Trial trial;
  try {
    read_outcome(definition, definition.workloads[0], outcome, trial);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(MakeJob, ChoosesOneBenchmarkAndJson) {
  const auto definition = definition_of(Kind::kGoogleBenchmark);
  drivers::Bundle bundle;
  bundle.command = {"strata/bin/prog"};
  const auto job = make_job(definition, definition.workloads[0], bundle);
  EXPECT_THAT(job.argv,
              ElementsAre("strata/bin/prog", "--benchmark_min_time=0.1",
                          "--benchmark_filter=^os/getppid/real_time$", "--benchmark_format=json"));
  EXPECT_THAT(job.cpus, ElementsAre(1));
  EXPECT_EQ(job.time_limit, Duration(7s));
}

TEST(MakeJob, LeavesACommandsWordsAlone) {
  const auto definition = definition_of(Kind::kCommand);
  drivers::Bundle bundle;
  bundle.command = {"strata/bin/python3", "strata/bin/script"};
  EXPECT_THAT(make_job(definition, definition.workloads[0], bundle).argv,
              ElementsAre("strata/bin/python3", "strata/bin/script", "--benchmark_min_time=0.1"));
}

TEST(ReadOutcome, TakesTheBenchmarksFiguresAndTheProcesss) {
  const auto definition = definition_of(Kind::kGoogleBenchmark);
  Trial trial;
  read_outcome(definition, definition.workloads[0], good_outcome(kJson), trial);
  EXPECT_DOUBLE_EQ(trial.metric("real_time")->value, 50.5);
  EXPECT_DOUBLE_EQ(trial.metric("wall_time")->value, 5e6);
  EXPECT_DOUBLE_EQ(trial.metric("peak_memory")->value, 600 * 1024);
  EXPECT_EQ(trial.checksum, "42");
  EXPECT_EQ(trial.sample, "{}");
}

TEST(ReadOutcome, OfACommandIsItsTimesExitAndTheDigestOfItsOutput) {
  const auto definition = definition_of(Kind::kCommand);
  Trial trial;
  read_outcome(definition, definition.workloads[0], good_outcome("abc"), trial);
  EXPECT_DOUBLE_EQ(trial.metric("real_time")->value, 5e6);
  EXPECT_DOUBLE_EQ(trial.metric("cpu_time")->value, 4e6);
  EXPECT_DOUBLE_EQ(trial.metric("exit_code")->value, 0);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(trial.checksum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ReadOutcome, SaysHowAProgramFailedAndWhatItSaid) {
  const auto definition = definition_of(Kind::kGoogleBenchmark);
  auto outcome = good_outcome(kJson);
  outcome.exit_code = 3;
  outcome.error_output = "no such file: data.bin\n";
  EXPECT_THAT(error_of(definition, outcome),
              HasSubstr("exited with code 3; it said: no such file: data.bin"));

  outcome = good_outcome("");
  outcome.exited = false;
  outcome.signal = 11;
  EXPECT_THAT(error_of(definition, outcome), HasSubstr("ended by signal 11 (SIGSEGV)"));

  outcome = good_outcome("");
  outcome.timed_out = true;
  outcome.exited = false;
  outcome.signal = 9;
  EXPECT_THAT(error_of(definition, outcome), HasSubstr("did not end within 7.00 s"));

  outcome = good_outcome(kJson);
  outcome.processes_left = 2;
  EXPECT_THAT(error_of(definition, outcome),
              HasSubstr("2 processes it started were still running"));

  outcome = good_outcome(kJson);
  outcome.truncated = true;
  EXPECT_THAT(error_of(definition, outcome), HasSubstr("printed more than 16 MiB"));

  EXPECT_NE(error_of(definition, good_outcome("{\"benchmarks\": [")), "no error");
  EXPECT_NE(error_of(definition, good_outcome("")), "no error");
}

TEST(ReadOutcome, IgnoresAFailureOnlyIfTold) {
  auto definition = definition_of(Kind::kCommand);
  auto outcome = good_outcome("");
  outcome.exit_code = 1;
  EXPECT_THAT(error_of(definition, outcome), HasSubstr("--ignore-failure"));
  definition.ignore_failure = true;
  EXPECT_EQ(error_of(definition, outcome), "no error");
  outcome.timed_out = true;
  EXPECT_NE(error_of(definition, outcome), "no error");
}

TEST(ReadOutcome, KeepsWhatWasMeasuredOfATrialThatFailed) {
  const auto definition = definition_of(Kind::kGoogleBenchmark);
  auto outcome = good_outcome("");
  outcome.exit_code = 1;
  Trial trial;
  EXPECT_THROW(read_outcome(definition, definition.workloads[0], outcome, trial), Error);
  EXPECT_NE(trial.metric("wall_time"), nullptr);
}

TEST(AddUsage, LeavesOutWhatIsNotKnown) {
  drivers::Usage usage;
  usage.sandbox.memory = mebibytes(2);
  Trial trial;
  add_usage(usage, trial);
  ASSERT_EQ(trial.metrics.size(), 1U);
  EXPECT_EQ(trial.metrics[0].name, "sandbox_memory");
}

TEST(ParseDescriptions, ReadsOneALine) {
  const auto all = parse_descriptions(
      R"({"name":"os/getppid","benchmark":"os/getppid/real_time","group":"os","summary":"s","metric":"real_time","unit":"ns","better":"lower","seconds":0.5,"needs":[]})"
      "\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "os/getppid");
  EXPECT_THROW(parse_descriptions("{}\n"), Error);
  EXPECT_THROW(parse_descriptions("rubbish\n"), Error);
}

}  // namespace
}  // namespace strata::bench
