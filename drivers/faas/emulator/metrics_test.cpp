// What is counted of invocations, and how it is shown.

#include "drivers/faas/emulator/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "drivers/faas/emulator/report.h"

namespace strata::drivers::faas::emulator {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

Report report(Duration duration, std::optional<Duration> init = std::nullopt) {
  Report report;
  report.duration = duration;
  report.init = init;
  report.memory_mb = 512;
  return report;
}

TEST(Metrics, BilledTimeIsRoundedUpAndHasTheInitInIt) {
  EXPECT_EQ(report(1ms).billed_ms(), 1);
  EXPECT_EQ(report(1ms + 1ns).billed_ms(), 2);
  EXPECT_EQ(report(1500us, 6600us).billed_ms(), 9);
  EXPECT_DOUBLE_EQ(report(2000ms).gb_seconds(), 1.0);
}

TEST(Metrics, AreShownAsOpenMetrics) {
  FunctionMetrics metrics;
  metrics.add(report(100us), false);  // on the first bound: in its bucket
  metrics.add(report(3ms, 1s), true);
  auto timeout = report(1000s);
  timeout.status = "timeout";
  metrics.add(timeout, true);
  PlatformGauges gauges;
  gauges.in_flight = 7;
  const auto text = openmetrics({{"f", metrics}}, gauges);
  for (const std::string line :
       {"# TYPE strata_faas_invocations counter", "strata_faas_invocations_total{function=\"f\"} 3",
        "strata_faas_errors_total{function=\"f\"} 2",
        "strata_faas_timeouts_total{function=\"f\"} 1",
        "strata_faas_cold_starts_total{function=\"f\"} 1",
        "strata_faas_init_seconds_total{function=\"f\"} 1",
        "strata_faas_duration_seconds_bucket{function=\"f\",le=\"0.0001\"} 1",
        "strata_faas_duration_seconds_bucket{function=\"f\",le=\"0.0025\"} 1",
        "strata_faas_duration_seconds_bucket{function=\"f\",le=\"0.005\"} 2",
        "strata_faas_duration_seconds_bucket{function=\"f\",le=\"900\"} 2",
        "strata_faas_duration_seconds_bucket{function=\"f\",le=\"+Inf\"} 3",
        "strata_faas_duration_seconds_count{function=\"f\"} 3", "strata_faas_concurrency 7"}) {
    EXPECT_THAT("\n" + text, HasSubstr("\n" + line + "\n"));
  }
  // 1 ms and 1,003 ms and 1,000 s of half a gibibyte.
  EXPECT_THAT(text, HasSubstr("strata_faas_gb_seconds_total{function=\"f\"} 500.502\n"));
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
