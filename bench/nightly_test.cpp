// The real command, night after night: what a machine that runs it for weeks goes through.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/testing/strata_process.h"
#include "results/history/history.h"
#include "results/history/night.h"
#include "results/testing/folder.h"
#include "results/testing/small_disk.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;
using results::History;
using results::testing::read_file;
using results::testing::write_file;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StrataProcess;
using testing::TemporaryFolder;

constexpr std::int64_t kFirstNight = 1'772'330'400;  // 2026-03-01T02:00:00Z
constexpr std::int64_t kDay = 86400;

class NightlyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(state());
    write_file(path("suite.toml"),
               "name = \"week\"\ntargets = [\"process\"]\n[[workloads]]\n"
               "program = \"" STRATA_NIGHTLY_BENCHMARK "\"\narguments = [\"--night=" +
                   path("night").string() + "\"]\n");
    write_file(path("nightly.toml"),
               "folder = \"state\"\nsuite = \"suite.toml\"\nblocks = 7\nagain_blocks = 12\n"
               // Not startup: what this machine does beside the test is no regression.
               "watch = [\"BM_*\"]\n"
               "site = \"state/public\"\n"
               "notify = [\"" STRATA_CHILD_PROGRAM "\", \"copy\"]\n");
    set_night(100, 0);
  }
  [[nodiscard]] fs::path path(const std::string& name) const { return folder.path() / name; }
  [[nodiscard]] fs::path state() const { return path("state"); }
  void set_night(double changing, int wait_milliseconds) const {
    std::ofstream(path("night")) << "100 " << changing << " " << wait_milliseconds << "\n";
  }
  [[nodiscard]] std::vector<std::string> words(int night) const {
    return {"nightly", path("nightly.toml").string(), "--now",
            results::utc_of_seconds(kFirstNight + night * kDay)};
  }
  Finished strata(const std::vector<std::string>& arguments) {
    return testing::run_strata(arguments, folder.path());
  }
  [[nodiscard]] std::vector<results::Change> changes(results::Change::State of) const {
    return History::open(state() / "history.db", History::Access::kRead).changes(of);
  }
  [[nodiscard]] std::size_t nights() const {
    return History::open(state() / "history.db", History::Access::kRead).runs().size();
  }

  TemporaryFolder folder;
};

// Ten nights before; then a week in which one is killed, one finds the disk full, and from the
// fifth on one benchmark takes 15 % longer.
TEST_F(NightlyTest, AWeekEndsWithOneConfirmedRegressionNoneFalseAndNoNightLost) {
  const results::testing::SmallDisk disk(state(), 64U << 20U);
  if (!disk.is_there()) GTEST_SKIP() << "this user may not mount a small disk";
  int night = 0;
  for (; night < 10; ++night) {
    const auto run = strata(words(night));
    ASSERT_EQ(run.exit_code, 0) << run.error_output;
  }
  // Monday, Tuesday: nothing.
  ASSERT_EQ(strata(words(night++)).exit_code, 0);
  ASSERT_EQ(strata(words(night++)).exit_code, 0);
  {
    // Wednesday: killed in the middle, and started again as systemd does.
    set_night(100, 50);
    StrataProcess killed(words(night), folder.path());
    const auto journal = state() / "nights" / [&] {
      auto name = results::utc_of_seconds(kFirstNight + night * kDay);
      std::replace(name.begin(), name.end(), ':', '-');
      return name;
    }() / "run/journal.jsonl";
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    const auto lines = [&] {
      const auto text = read_file(journal);
      return std::count(text.begin(), text.end(), '\n');
    };
    while (lines() < 4 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    killed.send(SIGKILL);
    EXPECT_EQ(killed.wait().exit_code, 128 + SIGKILL);
    set_night(100, 0);
    const auto again = strata(words(night));
    EXPECT_EQ(again.exit_code, 0) << again.error_output;
    EXPECT_THAT(again.error_output, HasSubstr("resuming run"));
    ++night;
  }
  {
    // Thursday: the disk is full; the next call, a night later, goes on with it first.
    std::ofstream filler(state() / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    filler.close();
    const auto full = strata(words(night));
    EXPECT_EQ(full.exit_code, 1) << full.output;
    EXPECT_THAT(full.error_output, HasSubstr("No space left"));
    fs::remove(state() / "filler");
    ++night;
  }
  // Friday: slower by 15 %. It is found in that night, with Thursday's made up for before.
  const auto thursday = strata(words(night - 1));
  EXPECT_EQ(thursday.exit_code, 0) << thursday.error_output;
  set_night(115, 0);
  const auto friday = strata(words(night++));
  EXPECT_EQ(friday.exit_code, 1) << friday.error_output << friday.output;
  EXPECT_THAT(friday.output, HasSubstr("BM_changing@process"));
  // Saturday, Sunday: it is still there, and no second alarm.
  EXPECT_EQ(strata(words(night++)).exit_code, 1);
  EXPECT_EQ(strata(words(night++)).exit_code, 1);

  EXPECT_EQ(nights(), 17U);
  const auto confirmed = changes(results::Change::State::kConfirmed);
  ASSERT_THAT(confirmed, SizeIs(1));
  EXPECT_NEAR(confirmed[0].factor, 1.15, 0.02);
  const auto history = (state() / "history.db").string();
  const auto open = [&] {
    const auto run = strata({"history", "regressions", "--json", "--history", history});
    return nlohmann::json::parse(run.output)["regressions"];
  };
  EXPECT_THAT(open(), SizeIs(1));
  EXPECT_EQ(strata({"history", "accept", "BM_changing@process", "--reason", "a new parser",
                    "--history", history})
                .exit_code,
            0);
  EXPECT_THAT(open(), IsEmpty());
  EXPECT_THAT(strata({"history", "show", "BM_changing@process", "--history", history}).output,
              HasSubstr("accepted: a new parser"));
  EXPECT_TRUE(fs::exists(state() / "history.db.backup"));
  EXPECT_TRUE(fs::exists(state() / "public/index.html"));
  for (const auto& one : fs::directory_iterator(state() / "nights")) {
    EXPECT_TRUE(fs::exists(one.path() / "report.html")) << one.path();
  }
}

TEST_F(NightlyTest, SaysWhatIsWrongWithItsConfiguration) {
  write_file(path("nightly.toml"), "folder = \"x\"\nsuit = \"quick\"\n");
  const auto run = strata({"nightly", path("nightly.toml").string()});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error_output, HasSubstr("did you mean \"suite\"?"));
  EXPECT_THAT(run.error_output, HasSubstr("nightly.toml:2:"));
  write_file(path("nightly.toml"), "folder = \"x\"\nsuite = \"quick\"\nblocks = 3\n");
  EXPECT_THAT(strata({"nightly", path("nightly.toml").string()}).error_output,
              HasSubstr("whole number from 6"));
}

TEST_F(NightlyTest, ANotificationThatFailsCostsNoNight) {
  write_file(path("nightly.toml"),
             "folder = \"state\"\nsuite = \"suite.toml\"\nblocks = 6\n"
             "notify = [\"" STRATA_CHILD_PROGRAM "\", \"exit\", \"3\"]\n");
  const auto run = strata(words(0));
  EXPECT_EQ(run.exit_code, 0) << run.error_output;
  EXPECT_THAT(run.output, HasSubstr("it exited with code 3"));
  EXPECT_EQ(strata(words(0)).exit_code, 2);  // a night is carried out once
  EXPECT_EQ(nights(), 1U);
}

TEST_F(NightlyTest, RunsTheCellsOfItsClaims) {
  write_file(path("ours.toml"),
             "[[claim]]\nid = \"quick-enough\"\nstatement = \"a process starts within 10 s\"\n"
             "source = { title = \"ours\" }\nfrom = [\"requested\"]\nto = \"ready\"\n"
             "target = \"process\"\nkind = \"absolute\"\nstatistic = \"median\"\n"
             "relation = \"at most\"\nbound = 10\nunit = \"s\"\n");
  write_file(path("nightly.toml"),
             "folder = \"state\"\nsuite = \"suite.toml\"\nblocks = 6\nclaims = [\"ours.toml\"]\n");
  const auto run = strata(words(0));
  ASSERT_EQ(run.exit_code, 0) << run.error_output;
  const auto night = nlohmann::json::parse(run.output);
  EXPECT_EQ(night.at("claims").dump().find("undecided"), std::string::npos);
  EXPECT_THAT(night.at("claims").dump(), HasSubstr(R"("verdict":"supported")"));
  const fs::path folder_of_night = night.at("folder").get<std::string>();
  EXPECT_TRUE(fs::exists(folder_of_night / "claims/result.json"));
  EXPECT_TRUE(fs::exists(folder_of_night / "report.html"));
}

}  // namespace
}  // namespace strata::bench
