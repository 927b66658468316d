#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "bench/testing/fake_stage.h"
#include "drivers/function_platform.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using drivers::EndedInvocation;
using ::testing::HasSubstr;
using testing::value_of;

/// A platform on a ManualClock that starts a sandbox whenever none is idle, as far as its limit
/// goes.
class FakePlatform final : public drivers::Driver, public drivers::FunctionPlatform {
 public:
  explicit FakePlatform(ManualClock& used_clock) : clock(used_clock) {}

  drivers::Availability probe(Deadline /*deadline*/) override { return drivers::Ready{}; }
  drivers::Prepared prepare(const drivers::Bundle& /*bundle*/, Deadline /*deadline*/) override {
    return {};
  }
  std::unique_ptr<drivers::Instance> start(const drivers::Prepared& /*prepared*/,
                                           const drivers::Limits& /*limits*/,
                                           Deadline /*deadline*/) override {
    throw Error("start", "not here");
  }
  std::unique_ptr<drivers::Deployment> deploy(const drivers::Prepared& /*prepared*/,
                                              std::optional<std::uint32_t> most_sandboxes,
                                              Deadline /*deadline*/) override;

  ManualClock& clock;
  Duration init = 30ms;
  Duration hold_up{};  ///< what each begin() takes: a client that can't keep up
  std::uint64_t failing = ~0ULL;
  std::size_t deployed = 0;
  std::size_t removed = 0;
};

class FakeDeployment final : public drivers::Deployment {
 public:
  FakeDeployment(FakePlatform& platform, std::size_t limit) : platform_(platform), limit_(limit) {}

  void begin(std::uint64_t id, Duration work, Duration /*limit*/) override {
    auto& clock = platform_.clock;
    EndedInvocation one;
    one.id = id;
    one.sent = clock.now();
    const auto idle = std::find_if(free_at_.begin(), free_at_.end(),
                                   [&](TimePoint at) { return at <= clock.now(); });
    if (idle == free_at_.end() && free_at_.size() >= limit_) {
      one.end = EndedInvocation::End::kThrottled;
      one.answered = clock.now();
    } else {
      one.is_cold = idle == free_at_.end();
      one.end =
          id == platform_.failing ? EndedInvocation::End::kFailed : EndedInvocation::End::kGood;
      one.failure = {"invoke", "no such luck", ""};
      one.answered = clock.now() + work + (one.is_cold ? platform_.init : Duration());
      one.billed = work;
      if (one.is_cold) one.init = platform_.init;
      if (one.is_cold) {
        free_at_.push_back(one.answered);
      } else {
        *idle = one.answered;
      }
    }
    pending_.emplace(one.answered, one);
    clock.advance(platform_.hold_up);
  }
  std::vector<EndedInvocation> wait(TimePoint until) override {
    auto& clock = platform_.clock;
    const auto at = pending_.empty() ? until : std::min(until, pending_.begin()->first);
    if (at > clock.now()) clock.advance(at - clock.now());
    std::vector<EndedInvocation> done;
    while (!pending_.empty() && pending_.begin()->first <= clock.now()) {
      done.push_back(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
    return done;
  }
  [[nodiscard]] std::size_t under_way() const override { return pending_.size(); }
  [[nodiscard]] Bytes memory() const override { return mebibytes(1024); }
  void remove(Deadline /*deadline*/) override { ++platform_.removed; }

 private:
  FakePlatform& platform_;
  std::size_t limit_;
  std::vector<TimePoint> free_at_;
  std::multimap<TimePoint, EndedInvocation> pending_;
};

std::unique_ptr<drivers::Deployment> FakePlatform::deploy(
    const drivers::Prepared& /*prepared*/, std::optional<std::uint32_t> most_sandboxes,
    Deadline /*deadline*/) {
  ++deployed;
  return std::make_unique<FakeDeployment>(*this, most_sandboxes.value_or(1'000'000));
}

class BurstyTest : public ::testing::Test {
 protected:
  Trial carry_out(const ParameterLists& given) {
    const auto& entry = find_experiment("bursty");
    const auto set = combine(entry.name, entry.parameters, given).at(0);
    entry.check(set.values);
    workload.name = set.name;
    workload.parameters = set.values;
    Trial trial;
    trial.target = "fake";
    try {
      entry.carry_out({definition,
                       workload,
                       {},
                       {},
                       [&](std::size_t) -> drivers::Driver& { return platform; },
                       clock,
                       {},
                       {}},
                      trial);
    } catch (const Error& error) {
      trial.failure = error.failure();
    }
    return trial;
  }

  ManualClock clock;
  FakePlatform platform{clock};
  RunDefinition definition;
  WorkloadDefinition workload;
};

TEST_F(BurstyTest, MeasuresFromTheIntendedMoment) {
  const auto trial = carry_out({{"arrivals", {"poisson"}}, {"rate", {"100"}}, {"work", {"2ms"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  EXPECT_EQ(trial.workload, "");
  EXPECT_EQ(value_of(trial, "latency_p50"), 2e6);
  EXPECT_EQ(value_of(trial, "latency_max"), 32e6);  // a cold one
  EXPECT_EQ(value_of(trial, "init_max"), 30e6);
  EXPECT_EQ(value_of(trial, "throttle_rate"), 0);
  EXPECT_GT(value_of(trial, "cold_start_rate"), 0);
  EXPECT_LT(value_of(trial, "cold_start_rate"), 0.05);
  EXPECT_EQ(value_of(trial, "latest_send"), 0);
  EXPECT_EQ(platform.removed, 1U);
}

TEST_F(BurstyTest, AClientThatCantKeepUpIsPartOfTheLatency) {
  platform.hold_up = 11ms;  // at 100 a second
  const auto trial = carry_out({{"arrivals", {"poisson"}}, {"rate", {"100"}}, {"work", {"2ms"}}});
  EXPECT_GT(value_of(trial, "latest_send"), 500e6);
  EXPECT_GT(value_of(trial, "latency_p99"), 500e6);
}

TEST_F(BurstyTest, CountsWhatIsRefused) {
  const auto trial = carry_out(
      {{"arrivals", {"step"}}, {"rate", {"200"}}, {"work", {"100ms"}}, {"limit", {"10"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  // Ten sandboxes do 100 a second.
  EXPECT_NEAR(value_of(trial, "throttle_rate"), 0.5, 0.1);
  EXPECT_EQ(value_of(trial, "latency_p50"), 100e6);
}

TEST_F(BurstyTest, CostsWhatThePlatformBills) {
  const auto trial = carry_out({{"arrivals", {"on-off"}}, {"work", {"20ms"}}});
  ASSERT_FALSE(trial.failure) << to_string(*trial.failure);
  const auto count = value_of(trial, "invocations");
  EXPECT_NEAR(value_of(trial, "gb_seconds"), count * 0.02, 1e-9);
  // 0.20 a million, and 0.02 GB-seconds each.
  EXPECT_NEAR(value_of(trial, "cost_per_million"), 0.2 + 0.02 * 16.6667, 1e-6);
  EXPECT_GT(value_of(trial, "break_even_utilisation"), 0);
}

TEST_F(BurstyTest, IsTheSameForTheSameSeedAndBlock) {
  const ParameterLists given{{"arrivals", {"poisson"}}};
  const auto first = carry_out(given);
  EXPECT_EQ(value_of(carry_out(given), "invocations"), value_of(first, "invocations"));
  definition.seed = 99;
  EXPECT_NE(value_of(carry_out(given), "invocations"), value_of(first, "invocations"));
}

TEST_F(BurstyTest, OneThatFailsIsAFailedTrialWithItsReason) {
  platform.failing = 77;
  const auto trial = carry_out({{"arrivals", {"poisson"}}});
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->said, HasSubstr("1 of "));
  EXPECT_THAT(trial.failure->said, HasSubstr("no such luck"));
  EXPECT_GT(value_of(trial, "latency_p99"), 0);
  EXPECT_EQ(platform.removed, 1U);
}

TEST_F(BurstyTest, ADriverThatStartsNothingByItselfIsRefused) {
  testing::FakeStage stage;
  const auto trial = stage.carry_out("bursty", {{"arrivals", {"poisson"}}});
  ASSERT_TRUE(trial.failure);
  EXPECT_THAT(trial.failure->do_next, HasSubstr("faas"));
}

TEST_F(BurstyTest, WhatCantBeIsRefusedBeforehand) {
  for (const auto& [name, value] :
       {std::pair("arrivals", "poison"), std::pair("arrivals", "trace"),
        std::pair("trace", "x.csv"), std::pair("rate", "0"), std::pair("rate", "1"),
        std::pair("duration", "1s"), std::pair("duration", "1s,2s"), std::pair("work", "x"),
        std::pair("limit", "-1"), std::pair("prices", "no-such-table")}) {
    ParameterLists given{{"arrivals", {"poisson"}}};
    given[name] = {value};
    EXPECT_THROW(carry_out(given), UsageError) << name << " " << value;
  }
}

}  // namespace
}  // namespace strata::bench
