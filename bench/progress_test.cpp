#include "bench/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "results/vocabulary/manual_clock.h"

namespace strata::bench {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() : file_(::open_memstream(&text_, &size_)) {}
  ~ProgressTest() override {
    std::fclose(file_);
    std::unique_ptr<char, decltype(&std::free)>(text_, &std::free);
  }
  std::string printed() {
    std::fflush(file_);
    return {text_, size_};
  }
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
  ManualClock clock_;
  PlannedTrial trial_{"os/getppid", "docker", false, 0};
};

TEST_F(ProgressTest, RewritesOneLineOnATerminal) {
  ConsoleProgress progress(file_, true, clock_);
  progress.trial_begins(trial_, 0, 10, std::nullopt);
  progress.trial_begins(trial_, 5, 10, 65s);
  EXPECT_THAT(printed(),
              HasSubstr("\r[ 50%] trial 6 of 10, 1 m 05 s left: os/getppid on docker\033[K"));
  EXPECT_THAT(printed(), Not(HasSubstr("\n")));
  progress.run_ended();
  EXPECT_THAT(printed(), testing::EndsWith("\r\033[K"));
}

TEST_F(ProgressTest, KeepsATerminalsLineShort) {
  ConsoleProgress progress(file_, true, clock_);
  trial_.workload = std::string(500, 'w');
  progress.trial_begins(trial_, 0, 10, std::nullopt);
  EXPECT_LT(printed().size(), 90U);
}

TEST_F(ProgressTest, WritesALogLineEveryFewSecondsElsewhere) {
  ConsoleProgress progress(file_, false, clock_);
  for (int i = 0; i < 10; ++i) {
    progress.trial_begins(trial_, 0, 10, std::nullopt);
    clock_.advance(1s);
  }
  const auto text = printed();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
}

TEST_F(ProgressTest, TellsTheFirstFailuresAndCountsTheRest) {
  ConsoleProgress progress(file_, false, clock_);
  Trial failed;
  failed.workload = "w";
  failed.target = "docker";
  failed.failure = Failure{"start", "no", "try"};
  for (int i = 0; i < 5; ++i) progress.trial_ended(failed);
  progress.trial_begins(trial_, 5, 10, std::nullopt);
  const auto text = printed();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, HasSubstr("failed: w on docker: start: no; try"));
  EXPECT_THAT(text, HasSubstr("5 failed"));
}

TEST_F(ProgressTest, MarksTheControlArm) {
  ConsoleProgress progress(file_, false, clock_);
  trial_.control = true;
  progress.trial_begins(trial_, 0, 10, std::nullopt);
  EXPECT_THAT(printed(), HasSubstr("(control)"));
}

}  // namespace
}  // namespace strata::bench
