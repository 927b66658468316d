#include "bench/numbers.h"

#include <gtest/gtest.h>

#include "bench/duration_text.h"
#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;

TEST(Numbers, KeepThreeSignificantDigits) {
  EXPECT_EQ(format_significant(0), "0");
  EXPECT_EQ(format_significant(0.99712), "0.997");
  EXPECT_EQ(format_significant(1), "1.00");
  EXPECT_EQ(format_significant(9.996), "10.0");
  EXPECT_EQ(format_significant(17.34), "17.3");
  EXPECT_EQ(format_significant(250.7), "251");
  EXPECT_EQ(format_significant(999.7), "1,000");
  EXPECT_EQ(format_significant(40812.0), "40,812");
  EXPECT_EQ(format_significant(1234567.0), "1,234,567");
  EXPECT_EQ(format_significant(-1234.0), "-1,234");
  EXPECT_EQ(format_significant(-123.0), "-123");
  EXPECT_EQ(format_significant(0.00012345), "0.000123");
}

TEST(Numbers, ScaleToTheUnitAPersonReadsBest) {
  EXPECT_EQ(format_quantity(1.2e6, "ns"), "1.20 ms");
  EXPECT_EQ(format_quantity(1.2, "ms"), "1.20 ms");
  EXPECT_EQ(format_quantity(0.5, "ns"), "0.500 ns");
  EXPECT_EQ(format_quantity(3.0 * 1073741824, "B/s"), "3.00 GiB/s");
  EXPECT_EQ(format_quantity(12345, "1/s"), "12.3 k/s");
  EXPECT_EQ(format_quantity(1536, "B"), "1.50 KiB");
  EXPECT_EQ(format_quantity(3, ""), "3.00");
  EXPECT_EQ(format_quantity(3, "apples"), "3.00 apples");
}

TEST(DurationText, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("90s", "x"), 90s);
  EXPECT_EQ(parse_duration("5m", "x"), 5min);
  EXPECT_EQ(parse_duration("1h30m", "x"), 90min);
  EXPECT_EQ(parse_duration("250ms", "x"), 250ms);
  EXPECT_EQ(parse_duration("1.5s", "x"), 1500ms);
  EXPECT_EQ(parse_duration("1m5ms", "x"), 1min + 5ms);
  EXPECT_EQ(parse_duration("10us", "x"), 10us);
  EXPECT_EQ(parse_duration("7ns", "x"), 7ns);
}

TEST(DurationText, RefusesTheRestAndSaysWhere) {
  for (const char* const text :
       {"", "5", "s", "-1s", "5 s", "1e400s", "nan s", "5x", "9999999h", "5m,"}) {
    try {
      parse_duration(text, "--budget");
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("--budget"), std::string::npos);
    }
  }
}

TEST(DurationText, WritesForAPerson) {
  EXPECT_EQ(format_duration(171ms), "171 ms");
  EXPECT_EQ(format_duration(2350ms), "2.35 s");
  EXPECT_EQ(format_duration(725s), "12 m 05 s");
  EXPECT_EQ(format_duration(3900s), "1 h 05 m");
}

}  // namespace
}  // namespace strata::bench
