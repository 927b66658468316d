#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "results/derived_metrics.h"
#include "results/result.h"

namespace strata::results {
namespace {

Trial trial(const std::string& workload, const std::string& target, std::uint32_t block,
            std::vector<Metric> metrics) {
  Trial result;
  result.workload = workload;
  result.target = target;
  result.block = block;
  result.metrics = std::move(metrics);
  result.program_digest = "p";
  return result;
}

Metric time(double value) { return {"real_time", value, "ns", Better::kLower}; }
Metric rate(double value) { return {"rate", value, "1/s", Better::kHigher}; }

const CellSummary* find(const Summary& summary, const std::string& workload,
                        const std::string& target, const std::string& metric,
                        bool control = false) {
  for (const auto& cell : summary.cells) {
    if (cell.workload == workload && cell.target == target && cell.metric == metric &&
        cell.control == control) {
      return &cell;
    }
  }
  return nullptr;
}

TEST(Summarizer, OfNothingIsEmpty) {
  const auto summary = Summarizer("process").finish();
  EXPECT_TRUE(summary.cells.empty());
  EXPECT_EQ(summary.trials, 0U);
}

TEST(Summarizer, MediansAndOverheadsOfAKnownRun) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 7; ++block) {
    summarizer.add(trial("w", "process", block, {time(100 + block), rate(8)}));
    summarizer.add(trial("w", "docker", block, {time(2 * (100.0 + block)), rate(4)}));
  }
  const auto summary = summarizer.finish();
  EXPECT_EQ(summary.trials, 14U);
  EXPECT_EQ(summary.failed, 0U);
  const auto* const base = find(summary, "w", "process", "real_time");
  ASSERT_NE(base, nullptr);
  EXPECT_EQ(base->location.value, 103);
  EXPECT_EQ(base->location.count, 7U);
  EXPECT_EQ(base->location.interval->low, 100);
  EXPECT_EQ(base->location.interval->high, 106);
  EXPECT_EQ(base->unit, "ns");
  EXPECT_FALSE(base->overhead) << "the baseline is not compared with itself";
  const auto* const docker = find(summary, "w", "docker", "real_time");
  EXPECT_EQ(docker->location.value, 206);
  EXPECT_NEAR(docker->overhead->value, 2, 1e-12);
  EXPECT_EQ(docker->overhead->count, 7U);
  EXPECT_NEAR(docker->overhead->interval->low, 2, 1e-12);
  // Half the rate is twice the cost.
  const auto* const rates = find(summary, "w", "docker", "rate");
  EXPECT_EQ(rates->better, Better::kHigher);
  EXPECT_NEAR(rates->overhead->value, 2, 1e-12);
}

TEST(Summarizer, TheControlArmIsTheNoiseFloor) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 6; ++block) {
    summarizer.add(trial("w", "process", block, {time(100)}));
    auto control = trial("w", "process", block, {time(101)});
    control.control = true;
    summarizer.add(control);
  }
  const auto summary = summarizer.finish();
  const auto* const floor = find(summary, "w", "process", "real_time", true);
  ASSERT_NE(floor, nullptr);
  EXPECT_NEAR(floor->overhead->value, 1.01, 1e-12);
  EXPECT_EQ(find(summary, "w", "process", "real_time")->location.value, 100);
}

TEST(Summarizer, PairsByBlockWhateverTheOrderAndLeavesOutWhatHasNoPartner) {
  Summarizer summarizer("process");
  // Blocks differ a thousandfold: any wrong pair would show.
  const std::vector<std::uint32_t> blocks{5, 0, 3, 1, 4, 2, 6};
  for (const auto block : blocks) {
    summarizer.add(trial("w", "docker", block, {time(1.5 * std::pow(1000, block))}));
  }
  for (std::uint32_t block = 0; block < 6; ++block) {
    summarizer.add(trial("w", "process", block, {time(std::pow(1000, block))}));
  }
  const auto summary = summarizer.finish();
  const auto* const docker = find(summary, "w", "docker", "real_time");
  EXPECT_EQ(docker->overhead->count, 6U) << "block 6 has no baseline";
  EXPECT_NEAR(docker->overhead->value, 1.5, 1e-9);
  EXPECT_NEAR(docker->overhead->interval->high, 1.5, 1e-9);
}

TEST(Summarizer, AMetricThatIsNotPositiveHasNoRatio) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 6; ++block) {
    summarizer.add(trial("w", "process", block, {time(100), {"misses", 0, "", Better::kLower}}));
    summarizer.add(trial("w", "docker", block, {time(100), {"misses", 5, "", Better::kLower}}));
  }
  const auto summary = summarizer.finish();
  const auto* const misses = find(summary, "w", "docker", "misses");
  EXPECT_FALSE(misses->overhead);
  EXPECT_EQ(misses->location.value, 5);
}

TEST(Summarizer, AMetricThatATrialHasNotIsNotCountedAsZero) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 8; ++block) {
    summarizer.add(trial("w", "process", block, {time(100)}));
    summarizer.add(trial("w", "docker", block,
                         block % 2 == 0 ? std::vector{rate(3), time(300)} : std::vector{rate(3)}));
  }
  const auto summary = summarizer.finish();
  const auto* const docker = find(summary, "w", "docker", "real_time");
  EXPECT_EQ(docker->location.count, 4U);
  EXPECT_EQ(docker->location.value, 300);
  EXPECT_EQ(docker->overhead->count, 4U);
  EXPECT_NEAR(docker->overhead->value, 3, 1e-12);
  EXPECT_FALSE(docker->overhead->interval) << "four pairs are too few";
  // The baseline has no rate: no ratio, and no crash.
  EXPECT_FALSE(find(summary, "w", "docker", "rate")->overhead);
}

TEST(Summarizer, TwoUnitsOfOneNameAreTwoMetrics) {
  Summarizer summarizer("process");
  summarizer.add(trial("w", "process", 0, {{"wait", 1, "s", Better::kLower}}));
  summarizer.add(trial("w", "process", 1, {{"wait", 1000, "ms", Better::kLower}}));
  EXPECT_EQ(summarizer.finish().cells.size(), 2U + 1U);  // and startup, of which nothing is known
}

TEST(Summarizer, FailedTrialsAreCountedAndTheirNumbersLeftOut) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 6; ++block) {
    summarizer.add(trial("w", "process", block, {time(100)}));
    auto docker = trial("w", "docker", block, {time(block < 2 ? 1 : 200)});
    if (block < 2) docker.failure = Failure{"run", "it fell", ""};
    summarizer.add(docker);
    auto kvm = trial("w", "kvm", block, {});
    kvm.failure = Failure{"boot", "it hung", ""};
    kvm.program_digest = "";
    summarizer.add(kvm);
  }
  const auto summary = summarizer.finish();
  EXPECT_EQ(summary.trials, 18U);
  EXPECT_EQ(summary.failed, 8U);
  const auto* const docker = find(summary, "w", "docker", "real_time");
  EXPECT_EQ(docker->failed, 2U);
  EXPECT_EQ(docker->location.count, 4U);
  EXPECT_EQ(docker->location.value, 200);
  const auto* const kvm = find(summary, "w", "kvm", "real_time");
  ASSERT_NE(kvm, nullptr) << "a cell of failures must be seen";
  EXPECT_EQ(kvm->failed, 6U);
  EXPECT_EQ(kvm->location.count, 0U);
  EXPECT_FALSE(kvm->overhead);
  const auto* const startup = find(summary, "", "kvm", "startup");
  ASSERT_NE(startup, nullptr);
  EXPECT_EQ(startup->failed, 6U);
  EXPECT_TRUE(summary.differing_checksums.empty()) << "what did not run computed nothing";
}

Trial started(const std::string& workload, const std::string& target, std::uint32_t block,
              std::int64_t startup) {
  auto result = trial(workload, target, block, {time(1)});
  const TimePoint requested(std::chrono::hours(9));
  result.stamps.set(Stamp::kRequested, requested);
  result.stamps.set(Stamp::kReady, requested + Duration(startup));
  result.stamps.set(Stamp::kRemoved, requested + Duration(10 * startup));
  result.stamps.signal_round_trip = Duration(50);
  return result;
}

TEST(Summarizer, StampsGiveMetricsPerWorkloadAndStartupOverAll) {
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < 6; ++block) {
    // Within a workload docker takes 3 times as long; blocks of equal number must not be mixed up.
    for (const auto& [workload, cost] : {std::pair{"a", 100U}, {"b", 100'000U}}) {
      summarizer.add(started(workload, "process", block, cost + block));
      summarizer.add(started(workload, "docker", block, 3 * (cost + block)));
    }
  }
  const auto summary = summarizer.finish();
  const auto* const over_all = find(summary, "", "docker", "startup");
  ASSERT_NE(over_all, nullptr);
  EXPECT_EQ(over_all->location.count, 12U);
  EXPECT_EQ(over_all->overhead->count, 12U);
  EXPECT_NEAR(over_all->overhead->value, 3, 1e-12);
  EXPECT_NEAR(over_all->overhead->interval->low, 3, 1e-12);
  EXPECT_NEAR(over_all->overhead->interval->high, 3, 1e-12);
  EXPECT_FALSE(find(summary, "", "process", "startup")->overhead);
  EXPECT_EQ(find(summary, "a", "process", "startup")->location.value, 102.5);
  EXPECT_EQ(find(summary, "b", "docker", "lifetime")->location.value, 10 * 3 * 100'002.5);
  EXPECT_EQ(find(summary, "a", "docker", "signal_round_trip")->location.value, 50);
  EXPECT_EQ(find(summary, "a", "docker", "until_kernel"), nullptr);
}

TEST(Summarizer, WorkloadsThatComputedDifferentThingsAreNamed) {
  Summarizer summarizer("process");
  const auto add = [&](const char* workload, const char* program, const char* checksum) {
    auto one = trial(workload, "process", 0, {time(1)});
    one.program_digest = program;
    if (checksum != nullptr) one.checksum = checksum;
    summarizer.add(one);
  };
  add("same", "p", "1");
  add("same", "p", "1");
  add("silent", "p", nullptr);
  add("silent", "p", nullptr);
  add("half-silent", "p", nullptr);
  add("half-silent", "p", "1");
  add("z-checksum", "p", "1");
  add("z-checksum", "p", "2");
  add("a-program", "p", "1");
  add("a-program", "q", "1");
  EXPECT_EQ(summarizer.finish().differing_checksums,
            (std::vector<std::string>{"a-program", "z-checksum"}));
}

TEST(Summarizer, LinesAreInOrderOfWorkloadTargetAndMetric) {
  Summarizer summarizer("process");
  for (const char* const workload : {"z", "a"}) {
    for (const char* const target : {"process", "docker"}) {
      summarizer.add(trial(workload, target, 0, {time(1), rate(2)}));
    }
  }
  std::vector<std::string> lines;
  for (const auto& cell : summarizer.finish().cells) {
    lines.push_back(cell.workload + "@" + cell.target + " " + cell.metric);
  }
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "@docker startup", "@process startup", "a@docker rate", "a@docker real_time",
                       "a@process rate", "a@process real_time", "z@docker rate",
                       "z@docker real_time", "z@process rate", "z@process real_time"}));
}

TEST(Summarizer, CanBeMovedAndGoOn) {
  Summarizer first("process");
  first.add(trial("w", "process", 0, {time(1)}));
  Summarizer second(std::move(first));
  second.add(trial("w", "process", 1, {time(3)}));
  first = std::move(second);
  EXPECT_EQ(find(first.finish(), "w", "process", "real_time")->location.value, 2);
}

TEST(DerivedMetrics, HaveNamesThatCountersMayNotTake) {
  EXPECT_TRUE(is_derived_metric("startup"));
  EXPECT_TRUE(is_derived_metric("until_created"));
  EXPECT_TRUE(is_derived_metric("lifetime"));
  EXPECT_TRUE(is_derived_metric("signal_round_trip"));
  EXPECT_FALSE(is_derived_metric("real_time"));
  EXPECT_FALSE(is_derived_metric(""));
  EXPECT_EQ(kDerivedMetrics[static_cast<std::size_t>(Stamp::kReady)], "startup");
  EXPECT_EQ(kDerivedMetrics[static_cast<std::size_t>(Stamp::kRemoved)], "lifetime");
  for (std::size_t i = 1; i < kStampCount; ++i) {
    const auto stamp = static_cast<Stamp>(i);
    if (stamp == Stamp::kReady || stamp == Stamp::kRemoved) continue;
    EXPECT_EQ(kDerivedMetrics[i], "until_" + std::string(name_of(stamp)));
  }
}

}  // namespace
}  // namespace strata::results
