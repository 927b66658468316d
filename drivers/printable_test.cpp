#include "drivers/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::drivers {
namespace {

TEST(Printable, KeepsPlainText) {
  EXPECT_EQ(printable("No such file, sorry"), "No such file, sorry");
}

TEST(Printable, IsOneLineOfAscii) {
  EXPECT_EQ(printable("a\nb\n\n"), "a | b");
  EXPECT_EQ(printable(std::string("\0\x1b[1m\xff\t", 7)), "\\x00\\x1b[1m\\xff\\x09");
}

TEST(Printable, SaysHowMuchItLeavesOut) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", 6), "abcdef… (7 bytes)");
  EXPECT_EQ(printable("", 0), "");
}

}  // namespace
}  // namespace strata::drivers
