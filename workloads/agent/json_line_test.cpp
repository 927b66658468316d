#include "workloads/agent/json_line.h"

#include <gtest/gtest.h>

namespace strata::agent {
namespace {

TEST(JsonLine, AnEmptyOneIsAnEmptyObject) { EXPECT_EQ(JsonLine().finish(), "{}"); }

TEST(JsonLine, FieldsStandInTheOrderTheyCame) {
  JsonLine line;
  line.number("n", 18'446'744'073'709'551'615ULL);
  line.truth("t", true);
  line.null("nothing");
  line.text("s", "word");
  EXPECT_EQ(line.finish(), R"({"n":18446744073709551615,"t":true,"nothing":null,"s":"word"})");
}

TEST(JsonLine, WhatJsonCannotHoldIsEscaped) {
  JsonLine line;
  line.text("s", std::string_view("a\"b\\c\n\0\x7f\xc3\xa9", 10));
  EXPECT_EQ(line.finish(), R"({"s":"a\"b\\c\u000a\u0000\u007f\u00c3\u00a9"})");
}

}  // namespace
}  // namespace strata::agent
