#include "results/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "results/run_differences.h"
#include "results/testing/folder.h"
#include "results/units.h"

namespace strata::results {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A run whose trials a test writes down.
class WrittenRun {
 public:
  WrittenRun() { run_.head.header.baseline = "process"; }

  Trial& trial(const std::string& workload, const std::string& target, std::uint32_t block,
               double value, const std::string& unit = "ns", Better better = Better::kLower) {
    trials_.emplace_back();
    auto& trial = trials_.back();
    trial.workload = workload;
    trial.target = target;
    trial.block = block;
    trial.metrics = {{"real_time", value, unit, better}};
    trial.program_digest = "aa";
    return trial;
  }
  /// Blocks of process, its control arm and docker with noise of one in a hundred; docker costs
  /// `ratio` times as much.
  void blocks(const std::string& workload, std::uint32_t count, double ratio, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::lognormal_distribution<double> noise(0, 0.01);
    for (std::uint32_t block = 0; block < count; ++block) {
      const double machine = 100 * (1 + 0.1 * block);  // drifts: all targets of a block alike
      trial(workload, "process", block, machine * noise(random));
      trial(workload, "process", block, machine * noise(random)).control = true;
      trial(workload, "docker", block, machine * noise(random) * ratio);
    }
  }
  MeasuredRun& finish() {
    for (const auto& trial : trials_) run_.measurements.add(trial);
    trials_.clear();
    run_.head.summary.differing_checksums = run_.measurements.differing_workloads();
    run_.head.summary.failed = run_.measurements.failed();
    run_.head.summary.trials = run_.measurements.trials();
    return run_;
  }

 private:
  MeasuredRun run_;
  std::vector<Trial> trials_;
};

Compared only(const Comparison& comparison) {
  EXPECT_THAT(comparison.cells, SizeIs(1));
  return comparison.cells.at(0);
}

TEST(CompareTargets, FindsADifferenceAndSaysWhatItCouldHaveSeen) {
  WrittenRun run;
  run.blocks("os/getppid", 20, 1.1, 1);
  const auto cell = only(compare_targets(run.finish(), {}));
  EXPECT_EQ(cell.target, "docker");
  EXPECT_EQ(cell.verdict, Verdict::kSlower);
  ASSERT_TRUE(cell.ratio && cell.ratio->interval);
  EXPECT_NEAR(cell.ratio->value, 1.1, 0.01);
  EXPECT_LT(cell.ratio->interval->low, 1.1);
  EXPECT_GT(cell.ratio->interval->high, 1.1);
  // sd of a difference 1.4 %, of the mean of 20 0.32 %; found four times in five: 2.8 times that.
  EXPECT_NEAR(*cell.smallest_seen, 0.009, 0.004);
  EXPECT_LE(*cell.noise_floor, *cell.smallest_seen);
  EXPECT_LT(cell.p_value, 1e-5);
}

TEST(CompareTargets, SaysEquivalentOnlyWithinTheMargin) {
  WrittenRun run;
  run.blocks("os/getppid", 20, 1, 2);
  ComparisonOptions options;
  EXPECT_EQ(only(compare_targets(run.finish(), options)).verdict, Verdict::kEquivalent);
  options.margin = 0.001;
  const auto cell = only(compare_targets(run.finish(), options));
  EXPECT_EQ(cell.verdict, Verdict::kUndecided);
  EXPECT_THAT(cell.why, HasSubstr("no difference found above"));
}

TEST(CompareTargets, NeverGuessesFromFewBlocks) {
  WrittenRun run;
  run.blocks("os/getppid", 5, 3, 3);
  const auto cell = only(compare_targets(run.finish(), {}));
  EXPECT_EQ(cell.verdict, Verdict::kUndecided);
  EXPECT_FALSE(cell.ratio->interval);
  EXPECT_EQ(cell.why, "5 pairs: 6 are the least that give a 95 % interval");
}

TEST(CompareTargets, TakesARateForTheCostItIs) {
  WrittenRun run;
  for (std::uint32_t block = 0; block < 8; ++block) {
    run.trial("net/bulk", "process", block, 100 + block, "B/s", Better::kHigher);
    run.trial("net/bulk", "docker", block, (100 + block) / 2.0, "B/s", Better::kHigher);
  }
  const auto cell = only(compare_targets(run.finish(), {}));
  EXPECT_NEAR(cell.ratio->value, 2, 1e-12);
  EXPECT_EQ(cell.verdict, Verdict::kSlower);
}

TEST(CompareTargets, HolmIsStricterThanBenjaminiAndHochbergAmongManyCells) {
  WrittenRun run;
  for (int i = 0; i < 10; ++i) {
    run.blocks("os/call-" + std::to_string(i), 7, 1.3, 10 + static_cast<std::uint64_t>(i));
  }
  ComparisonOptions options;
  for (const auto& cell : compare_targets(run.finish(), options).cells) {
    EXPECT_EQ(cell.verdict, Verdict::kSlower);  // p = 2 / 2^7 for each
    EXPECT_NEAR(cell.benjamini_hochberg, 1 / 64.0, 1e-12);
    EXPECT_NEAR(cell.holm, 10 / 64.0, 1e-12);
  }
  options.gate = true;
  const auto gated = compare_targets(run.finish(), options);
  EXPECT_EQ(gated.cells[0].verdict, Verdict::kUndecided);
  ASSERT_THAT(gated.warnings, SizeIs(1));
  // 2 / 2^9 x 10 = 0.039
  EXPECT_EQ(
      gated.warnings[0],
      "7 blocks can't tell any of 10 cells from chance with Holm's correction: at least 9 are "
      "needed");
}

TEST(CompareTargets, ADifferenceWithinTheNoiseIsNone) {
  WrittenRun run;
  for (std::uint32_t block = 0; block < 12; ++block) {
    run.trial("os/getppid", "process", block, 100);
    run.trial("os/getppid", "process", block, block % 2 == 0 ? 110 : 108).control = true;
    run.trial("os/getppid", "docker", block, block % 2 == 0 ? 105 : 106);
  }
  const auto cell = only(compare_targets(run.finish(), {}));
  EXPECT_LT(cell.p_value, 0.001);
  EXPECT_EQ(cell.verdict, Verdict::kUndecided);
  EXPECT_THAT(cell.why, HasSubstr("within the run's own noise of 10 % (A/A)"));
}

TEST(CompareTargets, TheGeometricMeanIsThatOfTheRatios) {
  WrittenRun run;
  run.blocks("os/getppid", 12, 2, 4);
  run.blocks("os/pipe", 12, 8, 5);
  run.blocks("compute/dgemm", 12, 1, 6);
  const auto comparison = compare_targets(run.finish(), {});
  ASSERT_THAT(comparison.groups, SizeIs(2));
  EXPECT_EQ(comparison.groups[0].workload, "all");
  EXPECT_NEAR(comparison.groups[0].ratio->value, std::cbrt(16), 0.02);
  EXPECT_EQ(comparison.groups[1].workload, "os");
  EXPECT_NEAR(comparison.groups[1].ratio->value, 4, 0.03);
  EXPECT_EQ(comparison.groups[1].verdict, Verdict::kSlower);
  EXPECT_EQ(comparison.groups[1].cells, 2U);
  // The mean of two has less noise than each.
  const auto width = [](const Compared& one) {
    return std::log(one.ratio->interval->high / one.ratio->interval->low);
  };
  EXPECT_LT(width(comparison.groups[1]), width(comparison.cells[1]) * 1.1);
}

TEST(CompareTargets, SaysWhyThereIsNoRatio) {
  WrittenRun run;
  for (std::uint32_t block = 0; block < 8; ++block) {
    run.trial("a/zero", "process", block, 1);
    run.trial("a/zero", "docker", block, block == 3 ? 0 : 1);
    run.trial("b/negative", "process", block, block == 3 ? -1 : 1);
    run.trial("b/negative", "docker", block, 1);
    run.trial("c/failed", "process", block, 1);
    run.trial("c/failed", "docker", block, 1).failure = Failure{"start it", "no", ""};
    run.trial("d/other-work", "process", block, 1).checksum = "1";
    run.trial("d/other-work", "docker", block, 1).checksum = "2";
    run.trial("e/no-pairs", "process", block, 1);
    run.trial("e/no-pairs", "docker", block + 100, 1);
    run.trial("f/half", "process", block, 1);
    auto& half = run.trial("f/half", "docker", block, 1);
    if (block < 4) half.failure = Failure{"start it", "no", ""};
  }
  const auto comparison = compare_targets(run.finish(), {});
  ASSERT_THAT(comparison.cells, SizeIs(6));
  const std::vector<std::string> expected{
      "1 of 8 values are zero or negative, which have no ratio",
      "1 of 8 values are zero or negative, which have no ratio",
      "every trial failed",
      "what it computed differs between trials: a ratio means nothing",
      "no block has a good trial of both",
      "4 pairs: 6 are the least that give a 95 % interval"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(comparison.cells[i].verdict, Verdict::kUndecided);
    EXPECT_EQ(comparison.cells[i].why, expected[i]) << comparison.cells[i].workload;
  }
  EXPECT_EQ(comparison.cells[5].failed, 4U);
  EXPECT_THAT(comparison.warnings, ::testing::Contains("12 of 96 trials failed"));
}

TEST(CompareTargets, AllTrialsEqualAreAnInterval) {
  WrittenRun run;
  for (std::uint32_t block = 0; block < 8; ++block) {
    run.trial("a", "process", block, 5);
    run.trial("a", "process", block, 5).control = true;
    run.trial("a", "docker", block, 5);
  }
  const auto cell = only(compare_targets(run.finish(), {}));
  EXPECT_EQ(cell.verdict, Verdict::kEquivalent);
  EXPECT_EQ(cell.ratio->interval->low, 1);
  EXPECT_EQ(cell.ratio->interval->high, 1);
  EXPECT_EQ(*cell.smallest_seen, 0);
}

TEST(CompareTargets, AnyTargetCanBeTheBaseline) {
  WrittenRun run;
  run.blocks("os/getppid", 12, 2, 7);
  ComparisonOptions options;
  options.baseline = "docker";
  const auto cell = only(compare_targets(run.finish(), options));
  EXPECT_EQ(cell.target, "process");
  EXPECT_EQ(cell.verdict, Verdict::kFaster);
  EXPECT_NEAR(cell.ratio->value, 0.5, 0.01);
  options.baseline = "dokcer";
  EXPECT_THAT(error_of([&] { compare_targets(run.finish(), options); }),
              HasSubstr("did you mean \"docker\"?"));
}

TEST(CompareTargets, StartupIsComparedOverAllWorkloads) {
  WrittenRun run;
  for (std::uint32_t block = 0; block < 4; ++block) {
    for (const char* const workload : {"a", "b"}) {
      for (const char* const target : {"process", "docker"}) {
        auto& trial = run.trial(workload, target, block, 100);
        trial.stamps.set(Stamp::kRequested, TimePoint{});
        trial.stamps.set(Stamp::kReady, TimePoint(Duration(target[0] == 'd' ? 3'000 : 1'000)));
      }
    }
  }
  const auto comparison = compare_targets(run.finish(), {});
  ASSERT_THAT(comparison.cells, SizeIs(3));
  EXPECT_EQ(comparison.cells[0].metric, "startup");
  EXPECT_EQ(comparison.cells[0].workload, "");
  EXPECT_EQ(comparison.cells[0].ratio->count, 8U);
  EXPECT_NEAR(comparison.cells[0].ratio->value, 3, 1e-12);
}

TEST(CompareRuns, FindsWhatChangedWithoutPairs) {
  WrittenRun first;
  WrittenRun second;
  std::mt19937_64 random(8);
  std::lognormal_distribution<double> noise(0, 0.01);
  for (std::uint32_t block = 0; block < 15; ++block) {
    first.trial("a/same", "process", block, 100 * noise(random));
    second.trial("a/same", "process", block + 7, 100 * noise(random));
    first.trial("b/slower", "process", block, 100 * noise(random));
    second.trial("b/slower", "process", block + 7, 110 * noise(random));
  }
  ComparisonOptions options;
  options.gate = true;
  const auto comparison = compare_runs(first.finish(), second.finish(), options);
  EXPECT_FALSE(comparison.paired);
  ASSERT_THAT(comparison.cells, SizeIs(2));
  EXPECT_EQ(comparison.cells[0].verdict, Verdict::kEquivalent);
  EXPECT_EQ(comparison.cells[1].verdict, Verdict::kSlower);
  EXPECT_NEAR(comparison.cells[1].ratio->value, 1.1, 0.01);
  ASSERT_THAT(comparison.groups, SizeIs(1));
  EXPECT_NEAR(comparison.groups[0].ratio->value, std::sqrt(1.1), 0.01);
}

TEST(CompareRuns, ConvertsUnitsAndRefusesThoseThatDontMatch) {
  WrittenRun first;
  WrittenRun second;
  for (std::uint32_t block = 0; block < 8; ++block) {
    first.trial("a", "process", block, 1.5 + block, "us");
    second.trial("a", "process", block, 1500.0 + 1000 * block, "ns");
  }
  const auto cell = only(compare_runs(first.finish(), second.finish(), {}));
  EXPECT_NEAR(cell.ratio->value, 1, 1e-12);
  EXPECT_EQ(cell.unit, "ns");
  EXPECT_NEAR(*cell.reference, 5000, 1e-9);

  WrittenRun bytes;
  for (std::uint32_t block = 0; block < 8; ++block) bytes.trial("a", "process", block, 1, "B");
  EXPECT_EQ(only(compare_runs(bytes.finish(), second.finish(), {})).why,
            "units don't match: real_time in \"B\" and in \"ns\"");
}

TEST(CompareRuns, OfOtherSuitesHaveNothingInCommon) {
  WrittenRun first;
  WrittenRun second;
  first.trial("a", "process", 0, 1);
  second.trial("b", "process", 0, 1);
  EXPECT_THAT(error_of([&] { compare_runs(first.finish(), second.finish(), {}); }),
              HasSubstr("no workload on the same target in common"));
  WrittenRun third;
  third.trial("a", "process", 0, 1);
  third.trial("b", "process", 0, 1);
  const auto comparison = compare_runs(first.finish(), third.finish(), {});
  EXPECT_EQ(only(comparison).why,
            "1 and 1 trials: 4 and 4 are the least that give a 95 % interval");
  EXPECT_EQ(comparison.warnings.at(0), "1 cells are in one of the runs only and are left out");
}

TEST(RunDifferences, ListsEveryOneAndWhatMattersFirst) {
  RunHeader first;
  RunHeader second;
  first.environment.facts = {{"cpu.model", "A"}, {"load.1m", "1"}, {"kernel.release", "6.1"}};
  second.environment.facts = {{"cpu.model", "B"}, {"load.1m", "2"}, {"kernel.release", "6.1"}};
  first.targets = {{"docker", "docker", {{"runtime", "runc"}}, {{"engine", "20.10"}}}};
  second.targets = {{"docker", "docker", {{"runtime", "crun"}}, {}}};
  first.bundle_digests = {{"a", "11"}};
  second.bundle_digests = {{"a", "22"}};
  std::string text;
  for (const auto& one : differences_of(first, second)) {
    text += one.what + "=" + one.first + ":" + one.second + (one.matters ? "\n" : "?\n");
  }
  EXPECT_EQ(text,
            "cpu.model=A:B\nprogram of a=11:22\ntarget docker: engine=20.10:\n"
            "target docker: option runtime=runc:crun\nload.1m=1:2?\n");
}

TEST(Units, ConvertWithinADimensionOnly) {
  EXPECT_EQ(conversion("ms", "ns"), 1e6);
  EXPECT_EQ(conversion("B", "KiB"), 1 / 1024.0);
  EXPECT_EQ(conversion("Gb/s", "MB/s"), 125);
  EXPECT_EQ(conversion("%", ""), 0.01);
  EXPECT_EQ(conversion("furlong", "furlong"), 1);
  EXPECT_FALSE(conversion("ms", "B"));
  EXPECT_FALSE(conversion("furlong", "ns"));
}

}  // namespace
}  // namespace strata::results
