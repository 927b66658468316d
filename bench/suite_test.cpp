#include "bench/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kComplete = R"(
name = "nightly"
description = "what we ship"
baseline = "process"
trials = 12
budget = "1h"
trial_timeout = "30s"
cpus = [0, 1]
targets = ["process", "docker", "mine"]

[target.mine]
driver = "docker"
network = "host"
cached = true
cpus = 2

[[workloads]]
names = ["os/*"]
min_time = "50ms"

[[workloads]]
program = "./bin/sorting"
with = ["./plugin.so"]
arguments = ["--fast"]

[[command]]
name = "version"
words = ["sort", "--version"]

[[experiment]]
name = "burst"
count = [1, 8]
pause = "2s"
)";

std::string error_of(std::string_view toml) {
  try {
    parse_suite(toml, "dir/s.toml");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Suite, ReadsEverythingAFileMaySay) {
  const auto suite = parse_suite(kComplete, "/etc/suites/s.toml");
  EXPECT_EQ(suite.name, "nightly");
  EXPECT_EQ(suite.trials, 12U);
  EXPECT_EQ(suite.budget, Duration(1h));
  EXPECT_EQ(suite.trial_timeout, Duration(30s));
  EXPECT_THAT(suite.cpus, ElementsAre(0, 1));
  EXPECT_THAT(suite.targets, ElementsAre("process", "docker", "mine"));
  const auto& mine = suite.target_definitions.at("mine");
  EXPECT_EQ(mine.driver, "docker");
  EXPECT_EQ(mine.options.at("network"), "host");
  EXPECT_EQ(mine.options.at("cached"), "true");
  EXPECT_EQ(mine.options.at("cpus"), "2");
  ASSERT_EQ(suite.workloads.size(), 2U);
  EXPECT_EQ(suite.workloads[0].min_time, Duration(50ms));
  EXPECT_EQ(suite.workloads[1].program, "/etc/suites/./bin/sorting");
  EXPECT_THAT(suite.workloads[1].arguments, ElementsAre("--fast"));
  ASSERT_EQ(suite.commands.size(), 1U);
  EXPECT_THAT(suite.commands[0].words, ElementsAre("sort", "--version"));
  ASSERT_EQ(suite.experiments.size(), 1U);
  EXPECT_EQ(suite.experiments[0].name, "burst");
  EXPECT_THAT(suite.experiments[0].parameters.at("count"), ElementsAre("1", "8"));
  EXPECT_THAT(suite.experiments[0].parameters.at("pause"), ElementsAre("2s"));
}

TEST(Suite, NamesFileLineAndNearMatchOfAnUnknownKey) {
  const auto text = error_of("name = \"x\"\ntrails = 3\n[[workloads]]\n");
  EXPECT_THAT(text, HasSubstr("dir/s.toml:2:"));
  EXPECT_THAT(text, HasSubstr("unknown key \"trails\""));
  EXPECT_THAT(text, HasSubstr("did you mean \"trials\"?"));
  EXPECT_THAT(error_of("[[workloads]]\nname = [\"os/*\"]\n"), HasSubstr("did you mean \"names\"?"));
}

TEST(Suite, RefusesWhatIsMalformedOrOfTheWrongKind) {
  EXPECT_THAT(error_of("name = \n"), HasSubstr("not valid TOML"));
  EXPECT_THAT(error_of("name = \n"), HasSubstr("dir/s.toml:1:"));
  EXPECT_THAT(error_of("name = 3\n[[workloads]]\n"), HasSubstr("\"name\" must be a text"));
  EXPECT_THAT(error_of("trials = \"3\"\n[[workloads]]\n"), HasSubstr("whole number from 1 to"));
  EXPECT_THAT(error_of("trials = 0\n[[workloads]]\n"), HasSubstr("whole number from 1 to"));
  EXPECT_THAT(error_of("budget = \"soon\"\n[[workloads]]\n"), HasSubstr("dir/s.toml:1: budget"));
  EXPECT_THAT(error_of("targets = 3\n[[workloads]]\n"), HasSubstr("must be a list"));
  EXPECT_THAT(error_of("target = 3\n[[workloads]]\n"), HasSubstr("must be a table"));
  EXPECT_THAT(error_of("[[experiment]]\ncount = 3\n"), HasSubstr("an experiment has no name"));
  EXPECT_THAT(error_of("[[experiment]]\nname = \"x\"\ncount = [[1]]\n"),
              HasSubstr("must be a text, a number or true/false"));
  EXPECT_THAT(error_of("[target.control]\ndriver = \"docker\"\n[[workloads]]\n"),
              HasSubstr("can't be a target's name"));
  EXPECT_THAT(error_of("[target.x]\nnetwork = \"host\"\n[[workloads]]\n"),
              HasSubstr("has no driver"));
  EXPECT_THAT(error_of("[target.x]\ndriver = \"docker\"\nnetwork = []\n[[workloads]]\n"),
              HasSubstr("must be a text, a number or true/false"));
  EXPECT_THAT(error_of("[[command]]\nname = \"x\"\n"), HasSubstr("has no words"));
  EXPECT_THAT(error_of("name = \"x\"\n"), HasSubstr("runs nothing"));
}

TEST(Suite, SurvivesRubbish) {
  std::mt19937 random(20260301);
  const std::string base = kComplete;
  for (int i = 0; i < 3000; ++i) {
    auto text = base;
    for (int edits = 0; edits < 4; ++edits) {
      const auto at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random() % 256);
      } else {
        text.erase(at, random() % 20);
      }
      if (text.empty()) break;
    }
    try {
      parse_suite(text, "s.toml");
    } catch (const UsageError&) {
      // the only thing it may throw
    }
  }
}

TEST(Suite, BuiltInOnesAreSound) {
  ASSERT_FALSE(built_in_suites().empty());
  for (const auto& suite : built_in_suites()) {
    const auto loaded = load_suite(std::string(suite.name));
    EXPECT_EQ(loaded.name, suite.name);
    EXPECT_FALSE(loaded.description.empty());
    // Six blocks are the least that give a 95 % interval.
    EXPECT_GE(loaded.trials, 6U) << suite.name;
  }
}

TEST(Suite, AWrongNameGetsAHint) {
  try {
    load_suite("quik");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean \"quick\"?"));
  }
}

TEST(Suite, LoadsAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "strata_suite_test.toml";
  std::ofstream(path) << "[[command]]\nwords = [\"true\"]\n";
  const auto suite = load_suite(path.string());
  std::filesystem::remove(path);
  EXPECT_EQ(suite.name, "strata_suite_test");
  EXPECT_EQ(suite.commands.at(0).name, "true");
}

}  // namespace
}  // namespace strata::bench
