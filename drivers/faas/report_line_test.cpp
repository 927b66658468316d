#include "drivers/faas/report_line.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::drivers::faas {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr auto kCold =
    "START RequestId: 6f747a35 Version: $LATEST\n"
    "hello\n"
    "END RequestId: 6f747a35\n"
    "REPORT RequestId: 6f747a35\tDuration: 1.25 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 30 MB\tInit Duration: 110.625 ms\t\n";

TEST(ReportLine, SaysWhatThePlatformSays) {
  const auto report = report_in(kCold);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->duration, microseconds(1250));
  EXPECT_EQ(report->billed, milliseconds(2));
  EXPECT_EQ(report->init, microseconds(110'625));
  EXPECT_FALSE(report->restore);
  EXPECT_EQ(report->memory_size, mebibytes(128));
  EXPECT_EQ(report->memory_used, mebibytes(30));
}

TEST(ReportLine, AWarmInvocationHasNoInit) {
  const auto report = report_in("REPORT RequestId: x\tDuration: 0.9 ms\tBilled Duration: 1 ms");
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->init);
  EXPECT_EQ(report->billed, milliseconds(1));
}

TEST(ReportLine, ASnapshotIsRestored) {
  const auto report = report_in("REPORT RequestId: x\tRestore Duration: 200 ms\t");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->restore, milliseconds(200));
}

TEST(ReportLine, TheLastCounts) {
  const auto report = report_in(std::string(kCold) + "REPORT RequestId: y\tDuration: 3 ms\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->duration, milliseconds(3));
  EXPECT_FALSE(report->init);
}

TEST(ReportLine, WhatAFunctionPrintsInALineIsNone) {
  EXPECT_FALSE(report_in("hello REPORT RequestId: x\tDuration: 3 ms\n"));
  const auto report = report_in(std::string(kCold) + "hello REPORT RequestId: y\tDuration: 3 ms\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->duration, microseconds(1250));
  EXPECT_FALSE(report_in(""));
  EXPECT_FALSE(report_in("REPORT"));
}

TEST(ReportLine, WhatCantBeIsPassedOver) {
  for (const auto* const value :
       {"-1 ms", "nan ms", "inf ms", "1e300 ms", "1 s", "ms", " 1 ms", "", "0x10 ms", "1,5 ms"}) {
    const auto report = report_in("REPORT RequestId: x\tDuration: " + std::string(value) +
                                  "\tBilled Duration: 2 ms");
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->duration) << value;
    EXPECT_EQ(report->billed, milliseconds(2)) << value;
  }
}

}  // namespace
}  // namespace strata::drivers::faas
