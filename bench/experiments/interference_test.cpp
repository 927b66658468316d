#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "bench/testing/fake_stage.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using drivers::testing::good_outcome;
using ::testing::ElementsAre;
using testing::FakeStage;
using ::testing::HasSubstr;
using testing::value_of;

/// A victim that says the times it is told, one a run, and neighbours that are noisy long enough.
class InterferenceTest : public ::testing::Test {
 protected:
  InterferenceTest() {
    stage.definition.programs[0].kind = ProgramDefinition::Kind::kGoogleBenchmark;
    stage.workload.benchmark = "os/victim/real_time";
    stage.driver.is_beside = is_noise;
    stage.driver.answer = [&](const drivers::Job& job) {
      return is_noise(job) ? noise() : run_of_victim();
    };
  }

  static bool is_noise(const drivers::Job& job) {
    return std::find(job.argv.begin(), job.argv.end(), "--noise") != job.argv.end();
  }
  drivers::Outcome noise() {
    auto outcome = good_outcome(noise_says);
    // What is not scripted is noisy for 100 seconds.
    outcome.wall = noisy.empty() ? Duration(100s) : noisy.front();
    if (!noisy.empty()) noisy.pop_front();
    return outcome;
  }
  drivers::Outcome run_of_victim() {
    const auto which = std::min<std::size_t>(runs++, times.size() - 1);
    return good_outcome(fmt::format(
        R"({{"context": {{}}, "benchmarks": [{{"name": "os/victim/real_time",
           "run_name": "os/victim/real_time", "run_type": "iteration", "iterations": 10,
           "real_time": {}, "cpu_time": 1, "time_unit": "ns", "bytes_per_second": {},
           "checksum": 42}}]}})",
        times[which], 1e9 / times[which]));
  }
  Trial interference(const std::string& metric = "real_time") {
    const auto& entry = find_experiment("interference");
    auto set =
        combine(entry.name, entry.parameters, {{"victim", {"os/victim"}}, {"neighbour", {"cpu"}}})
            .at(0);
    set.values["victim_metric"] = metric;
    return stage.carry_out_set("interference", set);
  }

  FakeStage stage;
  std::vector<double> times{999, 100, 300, 110,
                            121};  ///< not counted, alone, beside, limits, alone
  std::size_t runs = 0;
  std::string noise_says = R"({"noise":"cpu","seconds":1,"rounds":5000,"refused":0})";
  std::deque<Duration> noisy;
};

TEST_F(InterferenceTest, HoldsAVictimAgainstItselfAlone) {
  const auto trial = interference();
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_DOUBLE_EQ(value_of(trial, "alone"), 110);
  EXPECT_EQ(value_of(trial, "beside"), 300);
  EXPECT_EQ(value_of(trial, "limited"), 110);
  EXPECT_DOUBLE_EQ(value_of(trial, "slowdown"), 300.0 / 110);
  EXPECT_DOUBLE_EQ(value_of(trial, "slowdown_limited"), 1);
  EXPECT_EQ(value_of(trial, "neighbour_beside"), 50);
  EXPECT_EQ(trial.metric("beside")->unit, "ns");
  EXPECT_EQ(trial.checksum, "42");
  EXPECT_EQ(stage.driver.started, 3U);
  EXPECT_EQ(stage.driver.alive, 0U);
  ASSERT_EQ(stage.driver.limits.size(), 3U);
  EXPECT_FALSE(stage.driver.limits[1].cpus);
  EXPECT_EQ(stage.driver.limits[2].cpus, 0.5);
  EXPECT_EQ(stage.driver.limits[2].memory, mebibytes(512));
  EXPECT_EQ(stage.driver.limits[2].processes, 64U);
}

TEST_F(InterferenceTest, TurnsTheOrderRoundInEverySecondBlock) {
  stage.block = 1;
  const auto trial = interference();
  EXPECT_EQ(value_of(trial, "limited"), 300);
  EXPECT_EQ(value_of(trial, "beside"), 110);
}

TEST_F(InterferenceTest, KnowsThatMoreThroughputIsLessCost) {
  const auto trial = interference("bytes_per_second");
  EXPECT_EQ(trial.metric("beside")->better, Better::kHigher);
  EXPECT_DOUBLE_EQ(value_of(trial, "slowdown"), 300.0 / 110);
}

TEST_F(InterferenceTest, TriesAgainWhereTheNoiseEndedBeforeTheVictim) {
  // The lead is 300 ms, a job of the fake 10 ms.
  noisy = {5ms, 309ms, 310ms};
  times = {999, 100, 1, 2, 300, 110, 121};
  const auto trial = interference();
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "beside"), 300);
  // So long was it told to be noisy: the lead and 3, 6 and 12 runs.
  std::vector<std::string> told;
  for (const auto& job : stage.driver.jobs) {
    if (is_noise(job)) told.push_back(job.argv.back());
  }
  EXPECT_THAT(told, ElementsAre("0.330", "0.360", "0.420", "0.330"));
}

TEST_F(InterferenceTest, GivesUpOnAVictimThatTakesForEver) {
  noisy.assign(5, 1ms);
  EXPECT_THAT(interference().failure->said, HasSubstr("more than 48 times as long as alone"));
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(InterferenceTest, LeavesLimitsOutWhereTheTargetHasNone) {
  stage.driver.on_start = [&] {
    if (stage.driver.limits.back().cpus) throw UsageError("start", "no limits here");
  };
  const auto trial = interference();
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(value_of(trial, "beside"), 300);
  EXPECT_EQ(trial.metric("limited"), nullptr);
  EXPECT_EQ(trial.metric("slowdown_limited"), nullptr);
}

TEST_F(InterferenceTest, ANeighbourThatMakesNoNoiseIsAFailure) {
  noise_says = R"({"noise":"cpu","seconds":1,"rounds":0,"refused":9})";
  EXPECT_THAT(interference().failure->said, HasSubstr("got nothing done"));
  noise_says = "what?";
  EXPECT_THAT(interference().failure->said, HasSubstr("it said: what?"));
  EXPECT_EQ(stage.driver.alive, 0U);
}

TEST_F(InterferenceTest, RefusesParametersThatCannotBe) {
  const auto& entry = find_experiment("interference");
  auto values =
      combine(entry.name, entry.parameters, {{"victim", {"v"}}, {"neighbour", {"cpu"}}})[0].values;
  entry.check(values);
  for (const auto& [name, value] : Parameters{{"neighbour", "loud"},
                                              {"min_time", "5"},
                                              {"limit_cpus", "-1"},
                                              {"limit_memory", "much"},
                                              {"limit_processes", "0"}}) {
    auto wrong = values;
    wrong[name] = value;
    EXPECT_THROW(entry.check(wrong), UsageError) << name;
  }
}

}  // namespace
}  // namespace strata::bench
