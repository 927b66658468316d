#include "workloads/agent/function_event.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::agent {
namespace {

using Kind = FunctionEvent::Kind;

Kind kind_of(std::string_view text) { return read_function_event(text).kind; }

TEST(FunctionEvent, WhatIsNotForTheAgentIsAnEcho) {
  for (const auto* const text :
       {"{}", "null", "7", "\"strata\"", "[1,2]", "", "{", "{\"a\":{\"strata\":\"hello\"}}",
        "{\"version\":\"2.0\",\"headers\":{\"a\":\"}\"},\"isBase64Encoded\":false}",
        "{\"strata\":\"dance\"}", "{\"strata\":[\"hello\"]}", "{\"strata\" \"hello\"}"}) {
    EXPECT_EQ(kind_of(text), Kind::kEcho) << text;
  }
}

TEST(FunctionEvent, AHelloMayStandAmongAnything) {
  EXPECT_EQ(kind_of(R"({"strata":"hello"})"), Kind::kHello);
  EXPECT_EQ(kind_of(" {\n \"strata\" :\t\"hello\" , \"x\":1 } "), Kind::kHello);
  EXPECT_EQ(kind_of(R"({"a":[{"}":"]\""},2],"b":-1.5e3,"c":null,"strata":"hello"})"), Kind::kHello);
}

TEST(FunctionEvent, AJobHasFields) {
  const auto event = read_function_event(R"({"strata":"job","fields":"AQIDBA=="})");
  EXPECT_EQ(event.kind, Kind::kJob);
  EXPECT_EQ(event.fields, "\x01\x02\x03\x04");
  EXPECT_EQ(read_function_event(R"({"fields":"\/\/8=","strata":"job"})").fields, "\xff\xff");
}

TEST(FunctionEvent, AJobWithoutFieldsCantBeRead) {
  for (const auto* const text :
       {R"({"strata":"job"})", R"({"strata":"job","fields":""})", R"({"strata":"job","fields":7})",
        R"({"strata":"job","fields":"AQI"})", R"({"strata":"job","fields":"A\u0051ID"})"}) {
    EXPECT_EQ(kind_of(text), Kind::kUnreadable) << text;
    EXPECT_NE(read_function_event(text).fault, "") << text;
  }
}

TEST(FunctionEvent, AWaitIsAsLongAsItSays) {
  EXPECT_EQ(read_function_event(R"({"strata":"wait","milliseconds":100})").milliseconds, 100U);
  EXPECT_EQ(kind_of(R"({"strata":"wait","milliseconds": 0 })"), Kind::kWait);
  for (const auto* const number : {"-1", "1.5", "1e3", "900001", "99999999999999999999", "null"}) {
    const auto text = R"({"strata":"wait","milliseconds":)" + std::string(number) + "}";
    EXPECT_EQ(kind_of(text), Kind::kUnreadable) << text;
  }
  EXPECT_EQ(kind_of(R"({"strata":"wait"})"), Kind::kUnreadable);
}

TEST(FunctionEvent, DeepNestingTakesNoStack) {
  const std::string deep(3'000'000, '[');
  EXPECT_EQ(kind_of("{\"a\":" + deep), Kind::kEcho);
  EXPECT_EQ(kind_of("{\"a\":" + deep + std::string(deep.size(), ']') + ",\"strata\":\"hello\"}"),
            Kind::kHello);
}

}  // namespace
}  // namespace strata::agent
