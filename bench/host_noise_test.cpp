#include "bench/host_noise.h"

#include <gtest/gtest.h>

#include "results/testing/folder.h"
#include "results/vocabulary/disturbance_metrics.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using results::testing::Folder;
using results::testing::write_file;

class HostNoise : public ::testing::Test {
 protected:
  HostSample sample(const std::string& steal, const std::string& switches, const std::string& mhz,
                    const std::string& waited) {
    write_file(folder / "proc/stat", "cpu  100 0 100 " + std::to_string(idle_) + " 0 0 0 " + steal +
                                         " 0 0\ncpu0 1 2\nintr 5\nctxt " + switches + "\n");
    idle_ += 1000;
    write_file(folder / "proc/cpuinfo", "processor : 0\ncpu MHz\t\t: " + mhz + "\n");
    write_file(folder / "proc/pressure/cpu",
               "some avg10=0.00 avg60=0.00 avg300=0.00 total=" + waited + "\n");
    clock_.sleep_until(clock_.now() + 1s);
    return sample_host(clock_, folder.path());
  }
  static double value(const Trial& trial, std::string_view name) {
    const auto* const metric = trial.metric(name);
    return metric == nullptr ? -1 : metric->value;
  }

  Folder folder;
  ManualClock clock_;
  std::uint64_t idle_ = 1000;
};

TEST_F(HostNoise, IsWhatChangedBetweenTwoSamples) {
  const auto before = sample("10", "5000", "2000", "1000");
  const auto after = sample("11", "5600", "2020", "251000");
  Trial trial;
  add_host_noise(before, after, trial);
  EXPECT_NEAR(value(trial, kStealMetric), 1.0 / 1001, 1e-9);
  EXPECT_EQ(value(trial, kSwitchesMetric), 600);
  EXPECT_NEAR(value(trial, kFrequencyMetric), 0.01, 1e-9);
  EXPECT_NEAR(value(trial, kPressureMetric), 0.25, 1e-9);
  EXPECT_EQ(value(trial, kDisturbedMetric), 0);
}

TEST_F(HostNoise, MarksATrialThatLostTimeOrWhoseClockChanged) {
  const auto before = sample("10", "5000", "2000", "1000");
  const auto after = sample("60", "5600", "1500", "1000");
  Trial trial;
  add_host_noise(before, after, trial);
  EXPECT_EQ(value(trial, kDisturbedMetric), 2);
}

TEST_F(HostNoise, OfWhatCantBeReadThereIsNone) {
  Trial trial;
  const auto nothing = sample_host(clock_, folder / "empty");
  add_host_noise(nothing, nothing, trial);
  EXPECT_TRUE(trial.metrics.empty());
  write_file(folder / "proc/stat", "cpu  rubbish");
  const auto rubbish = sample_host(clock_, folder.path());
  add_host_noise(rubbish, rubbish, trial);
  EXPECT_TRUE(trial.metrics.empty());
}

}  // namespace
}  // namespace strata::bench
