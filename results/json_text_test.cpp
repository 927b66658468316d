#include "results/json_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace strata::results {
namespace {

std::string text_of(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

TEST(AppendNumber, WritesWholeNumbersWithoutAFraction) {
  EXPECT_EQ(text_of(0), "0");
  EXPECT_EQ(text_of(-3), "-3");
  EXPECT_EQ(text_of(500000), "500000");
  EXPECT_EQ(text_of(9007199254740991), "9007199254740991");
  std::string text;
  append_number(text, std::uint64_t{18446744073709551615U});
  append_number(text, std::int64_t{-1});
  EXPECT_EQ(text, "18446744073709551615-1");
}

TEST(AppendNumber, WritesTheFewestDigitsThatLeadBack) {
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(text_of(-0.0), "-0.0");
}

TEST(AppendNumber, EveryDoubleComesBackFromJson) {
  std::mt19937_64 random(17);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(nlohmann::json::parse(text_of(value)).get<double>(), value);
  }
  for (const double value :
       {0x1p53, -0x1p53, 0x1p63, 1e16, 9007199254740994.0, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::lowest()}) {
    EXPECT_EQ(nlohmann::json::parse(text_of(value)).get<double>(), value) << value;
  }
}

TEST(AppendText, QuotesWhatJsonWantsQuoted) {
  const auto quoted = [](std::string_view text) {
    std::string out = ">";
    append_text(out, text);
    return out;
  };
  EXPECT_EQ(quoted("plain text"), ">\"plain text\"");
  EXPECT_EQ(quoted(""), ">\"\"");
  EXPECT_EQ(quoted("a\"b\\c\nd\x01"), R"(>"a\"b\\c\nd\u0001")");
  EXPECT_EQ(quoted("é"), ">\"é\"");
}

TEST(Dumped, BytesThatAreNotUtf8AreReplacedAndNeverThrow) {
  EXPECT_EQ(dumped("a\xff\xc3z"), "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
  std::mt19937_64 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (auto count = random() % 20; count > 0; --count) bytes += static_cast<char>(random());
    std::string text;
    append_text(text, bytes);
    EXPECT_TRUE(nlohmann::json::accept(text));
  }
}

}  // namespace
}  // namespace strata::results
