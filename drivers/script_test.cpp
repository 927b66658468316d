#include "drivers/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const std::string& beginning) {
  try {
    parse_script_line(beginning, "/x/script");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(ScriptLine, IsReadAsTheKernelDoes) {
  const auto parse = [](const std::string& text) { return parse_script_line(text, "/x/script"); };
  EXPECT_EQ(parse("#!/bin/sh\nexit 1\n"), (Interpreter{"/bin/sh", {}}));
  EXPECT_EQ(parse("#! \t/bin/sh \t\nexit\n"), (Interpreter{"/bin/sh", {}}));
  EXPECT_EQ(parse("#!/bin/sh -e -u \n"), (Interpreter{"/bin/sh", {"-e -u"}}));
  EXPECT_EQ(parse("#!/usr/bin/awk\t-f"), (Interpreter{"/usr/bin/awk", {"-f"}}));
}

TEST(ScriptLine, FollowsEnv) {
  const auto parse = [](const std::string& text) { return parse_script_line(text, "/x/script"); };
  EXPECT_EQ(parse("#!/usr/bin/env python3\n"), (Interpreter{"python3", {}}));
  EXPECT_EQ(parse("#! /usr/bin/env -S python3 -u  -X dev\n"),
            (Interpreter{"python3", {"-u", "-X", "dev"}}));
  EXPECT_EQ(parse("#!/usr/bin/env -Spython3\n"), (Interpreter{"python3", {}}));
}

TEST(ScriptLine, WhatIsNoScriptIsNothing) {
  for (const auto* const text : {"", "#", "!#/bin/sh", "echo\n", " #!/bin/sh\n"}) {
    EXPECT_EQ(parse_script_line(text, "/x/script"), std::nullopt) << text;
  }
}

TEST(ScriptLine, RefusesWhatNoSystemRuns) {
  EXPECT_THAT(refusal_of("#!"),
              HasSubstr("use script /x/script: its #! line names no interpreter"));
  EXPECT_THAT(refusal_of("#! \t \nx"), HasSubstr("names no interpreter"));
  EXPECT_THAT(refusal_of("#!/bin/sh\r\n"), HasSubstr("carriage return"));
  EXPECT_THAT(refusal_of(std::string("#!/bin/\0sh\n", 11)), HasSubstr("zero byte"));
  EXPECT_THAT(refusal_of("#!/" + std::string(300, 'x')), HasSubstr("256 bytes"));
}

TEST(ScriptLine, RefusesWhatItDoesNotFollow) {
  for (const auto* const line : {"python3 -u", "-i python3", "A=B python3", "-S", "-S A=B python3",
                                 "-S -i python3", "-S python3 '-c x'", "-S python3 $HOME"}) {
    EXPECT_THAT(refusal_of("#!/usr/bin/env " + std::string(line) + "\n"), HasSubstr("env")) << line;
  }
  EXPECT_THAT(refusal_of("#!/usr/bin/env\n"), HasSubstr("nothing behind env"));
}

}  // namespace
}  // namespace strata::drivers
