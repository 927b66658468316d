#include "workloads/wire/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::wire {
namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

TEST(Base64, EncodesAsTheStandardSays) {  // RFC 4648, 10
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded("\xfb\xff"), "+/8=");
}

TEST(Base64, ComesBackAsItWas) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    std::string back;
    ASSERT_TRUE(decode_base64(encoded(bytes), back)) << i;
    EXPECT_EQ(back, bytes);
    EXPECT_EQ(encoded(bytes).size(), base64_size(bytes.size()));
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, NothingElseIsTaken) {
  for (const auto* const text : {"Zg", "Zg=", "Zm9v=", "====", "Z===", "Zm 9", "Zm9\n", "Zm9v!AAA",
                                 "Zh==", "Zm9=", "=Zg=", "Zg==Zg=="}) {
    std::string back;
    EXPECT_FALSE(decode_base64(text, back)) << text;
  }
}

}  // namespace
}  // namespace strata::wire
