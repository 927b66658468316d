#include "results/history/history.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "results/history/history_export.h"
#include "results/history/night.h"
#include "results/testing/folder.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kDay = 86400;

Night::Point ratio_point(const std::string& workload, double value,
                         const std::string& environment = "e1") {
  Night::Point point;
  point.series.workload = workload;
  point.series.target = "docker";
  point.series.metric = workload.empty() ? "startup" : "real_time";
  point.series.unit = "ns";
  point.series.baseline = "process";
  point.series.environment = environment;
  point.point.value = value;
  point.point.interval = Interval{value * 0.99, value * 1.01};
  point.point.trials = 12;
  return point;
}

Night night(int number, double value, const std::string& environment = "e1") {
  Night result;
  result.run.run_id = "run" + std::to_string(number);
  result.run.place = number * kDay;
  result.run.started_utc = utc_of_seconds(result.run.place);
  result.run.suite = "quick";
  result.run.environment = "host1";
  result.points = {ratio_point("os/getppid", value, environment)};
  result.environments[environment] = {{"host.cpu.model", "C, \"fast\""}};
  return result;
}

class HistoryTest : public ::testing::Test {
 protected:
  History open(History::Access access = History::Access::kWrite) {
    return History::open(file, access);
  }
  /// Quiet nights, then some at another level.
  void add_nights(History& history, int quiet, std::initializer_list<double> newest) {
    int number = 0;
    for (; number < quiet; ++number) {
      history.add(night(number, number % 2 == 0 ? 1.09 : 1.11), true);
    }
    for (const auto value : newest) history.add(night(number++, value), true);
  }

  testing::Folder folder;
  fs::path file = folder / "deep/history.db";
};

TEST_F(HistoryTest, GivesBackWhatWasAdded) {
  auto history = open();
  auto first = night(1, 1.1);
  first.points.push_back(ratio_point("", 200));
  const auto addition = history.add(first, true);
  EXPECT_EQ(addition.new_series, 2U);
  EXPECT_EQ(history.add(night(2, 1.2), true).new_series, 0U);

  const auto runs = open(History::Access::kRead).runs();
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].run_id, "run1");
  EXPECT_EQ(runs[1].started_utc, "1970-01-03T00:00:00Z");
  const auto list = history.series_list();
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[0].name(), "startup@docker");
  EXPECT_EQ(list[1].name(), "os/getppid@docker");
  EXPECT_EQ(list[1].points, 2U);
  const auto series = history.series(list[1].id);
  ASSERT_THAT(series.points, SizeIs(2));
  EXPECT_EQ(series.points[1].value, 1.2);
  EXPECT_EQ(series.points[1].interval->high, 1.2 * 1.01);
  EXPECT_FALSE(series.points[1].noise_floor.has_value());
  EXPECT_EQ(history.environment_facts("e1").at("host.cpu.model"), "C, \"fast\"");
  history.verify();
}

TEST_F(HistoryTest, TakesARunOnce) {
  auto history = open();
  history.add(night(1, 1.1), true);
  EXPECT_THAT(error_of([&] { history.add(night(1, 1.1), true); }), HasSubstr("there already"));
  EXPECT_THAT(history.runs(), SizeIs(1));
}

TEST_F(HistoryTest, AChangedMachineStartsANewSeriesAndRaisesNoAlarm) {
  auto history = open();
  add_nights(history, 20, {});
  history.add(night(20, 2.5, "e2"), true);
  EXPECT_THAT(history.find_series("os/getppid@docker"), SizeIs(2));
  EXPECT_THAT(history.suspicions(), IsEmpty());
}

TEST_F(HistoryTest, AClockThatWentBackwardsIsSaidAndTheNightIsTheNewestAllTheSame) {
  auto history = open();
  add_nights(history, 20, {});
  auto late = night(3, 1.5);
  late.run.run_id = "late";
  const auto addition = history.add(late, true);
  ASSERT_THAT(addition.warnings, SizeIs(1));
  EXPECT_THAT(addition.warnings[0], HasSubstr("the clock went backwards"));
  EXPECT_EQ(history.newest_run()->run_id, "late");
  EXPECT_THAT(history.newest_run()->note, HasSubstr("the clock went backwards"));
  EXPECT_THAT(history.suspicions(), SizeIs(1));
  // What is added afterwards from a file goes to where its clock says.
  auto old = night(5, 1.1);
  old.run.run_id = "old";
  history.add(old, false);
  EXPECT_EQ(history.newest_run()->run_id, "late");
}

TEST_F(HistoryTest, SuspectsTheNewestNightAndNotAnAcceptedLevel) {
  auto history = open();
  add_nights(history, 20, {1.27});
  auto found = history.suspicions();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_NEAR(found[0].factor(), 1.27 / 1.1, 0.01);
  EXPECT_TRUE(found[0].finding.large);
  EXPECT_THAT(found[0].evidence, HasSubstr("against the 20 nights before"));

  Change change;
  change.series = found[0].series.id;
  change.run = found[0].since;
  change.factor = found[0].factor();
  change.evidence = found[0].evidence;
  change.state = Change::State::kConfirmed;
  history.record(change);
  EXPECT_THAT(history.changes(Change::State::kConfirmed), SizeIs(1));
  // One alarm a shift: the new level is what the next nights are held against.
  for (int number = 21; number < 35; ++number) {
    history.add(night(number, number % 2 == 0 ? 1.26 : 1.28), true);
    EXPECT_THAT(history.suspicions(), IsEmpty()) << number;
  }
  const auto accepted = history.accept(change.series, "new engine");
  EXPECT_EQ(accepted.accepted, "new engine");
  const auto series = history.series(change.series);
  ASSERT_THAT(series.change_points, SizeIs(1));
  EXPECT_EQ(series.change_points[0].index, 20U);
  EXPECT_NEAR(series.change_points[0].after, 1.27, 0.01);
  ASSERT_THAT(series.annotations, SizeIs(1));
  EXPECT_EQ(series.annotations[0].text, "accepted: new engine");
  EXPECT_THAT(error_of([&] { history.accept(change.series, "again"); }), HasSubstr("has none"));
}

TEST_F(HistoryTest, AnAbsoluteRateThatFallsIsDearer) {
  auto history = open();
  for (int number = 0; number < 20; ++number) {
    auto one = night(number, number < 19 ? 100 + number % 2 : 80);
    one.points[0].series.kind = SeriesInfo::Kind::kAbsolute;
    one.points[0].series.better = Better::kHigher;
    history.add(one, true);
  }
  const auto found = history.suspicions();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_NEAR(found[0].factor(), 1.25, 0.02);
}

TEST_F(HistoryTest, FindsSeriesByNameAndGlob) {
  auto history = open();
  auto one = night(1, 1.1);
  one.points.push_back(ratio_point("compute/dgemm", 1));
  one.points.back().series.metric = "flop_per_second";
  history.add(one, true);
  EXPECT_THAT(history.find_series("compute/dgemm@docker"), SizeIs(1));
  EXPECT_THAT(history.find_series("compute/dgemm@docker:flop_per_second"), SizeIs(1));
  EXPECT_THAT(history.find_series("*@docker*"), SizeIs(2));
  EXPECT_THAT(history.find_series("nothing"), IsEmpty());
}

TEST_F(HistoryTest, ForgetsWhatIsOldAndKeepsTheRest) {
  auto history = open();
  add_nights(history, 10, {});
  history.add(night(10, 2, "e2"), true);
  EXPECT_EQ(history.forget_before(10 * kDay), 10U);
  EXPECT_THAT(history.runs(), SizeIs(1));
  ASSERT_THAT(history.series_list(), SizeIs(1));
  EXPECT_EQ(history.series_list()[0].environment, "e2");
}

TEST_F(HistoryTest, ManyReadWhileOneWrites) {
  auto writer = open();
  writer.add(night(1, 1.1), true);
  const auto first = open(History::Access::kRead);
  const auto second = open(History::Access::kRead);
  writer.add(night(2, 1.1), true);
  EXPECT_THAT(first.runs(), SizeIs(2));
  EXPECT_THAT(second.runs(), SizeIs(2));
}

TEST_F(HistoryTest, ALockedFileIsSaidToBeLocked) {
  { open().add(night(1, 1.1), true); }
  auto history = open();
  SQLite::Database other(file.string(), SQLite::OPEN_READWRITE);
  SQLite::Transaction transaction(other, SQLite::TransactionBehavior::IMMEDIATE);
  history.wait_for_lock(std::chrono::milliseconds(1));
  EXPECT_THAT(error_of([&] { history.add(night(2, 1.1), true); }),
              HasSubstr("another process is writing it"));
  EXPECT_THAT(history.runs(), SizeIs(1));  // reading goes on
}

TEST_F(HistoryTest, ADamagedFileIsRefusedAndNeverEmptied) {
  {
    auto history = open();
    add_nights(history, 30, {});
  }
  const auto size = fs::file_size(file);
  // Where the pages of the tables are.
  {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(4096 + 100);
    stream << std::string(size - 8192, '\xff');
  }
  EXPECT_THAT(error_of([&] { open().verify(); }), HasSubstr("damaged"));
  EXPECT_THAT(error_of([&] { open().add(night(99, 1), true); }), HasSubstr("damaged"));
  EXPECT_EQ(fs::file_size(file), size);

  testing::write_file(file, "this is no database, but it is something somebody may want");
  EXPECT_THAT(error_of([&] { open(); }), HasSubstr("damaged"));
  EXPECT_THAT(testing::read_file(file), HasSubstr("somebody may want"));
  testing::write_file(file, "");
  EXPECT_THAT(error_of([&] { open(); }), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of([&] { open(History::Access::kRead); }), HasSubstr("the file is empty"));
}

TEST_F(HistoryTest, OfANewerStrataOrAnotherProgramIsLeftAlone) {
  { open(); }
  {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 99");
  }
  EXPECT_THAT(error_of([&] { open(); }), HasSubstr("its version is 99"));
  EXPECT_THAT(error_of([&] { open(History::Access::kRead); }), HasSubstr("its version is 99"));
  const auto other = folder / "other.db";
  {
    SQLite::Database database(other.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("CREATE TABLE bookmarks(url TEXT)");
  }
  EXPECT_THAT(error_of([&] { History::open(other, History::Access::kWrite); }),
              HasSubstr("another program"));
  EXPECT_THAT(error_of([&] { History::open(folder / "none.db", History::Access::kRead); }),
              HasSubstr("there is none"));
  EXPECT_FALSE(fs::exists(folder / "none.db"));
}

TEST_F(HistoryTest, OneThatWasKilledWhileItWasMadeIsMadeAgain) {
  fs::create_directories(file.parent_path());
  {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA journal_mode = WAL");
  }
  ASSERT_GT(fs::file_size(file), 0U);
  EXPECT_EQ(open().add(night(1, 1), true).new_series, 1U);
}

TEST_F(HistoryTest, ABackUpIsWhole) {
  auto history = open();
  add_nights(history, 5, {});
  const auto copy = folder / "copy.db";
  history.back_up(copy);
  history.back_up(copy);
  const auto read = History::open(copy, History::Access::kRead);
  read.verify();
  EXPECT_THAT(read.runs(), SizeIs(5));
}

TEST_F(HistoryTest, ExportsEveryFormat) {
  auto history = open();
  history.add(night(1, 1.25), true);
  auto odd = night(2, 1.5);
  odd.points.push_back(ratio_point("a,\"b\"", 3));
  history.add(odd, true);
  const auto text = [&](ExportFormat format) {
    std::string all;
    export_history(history, history.series_list(), format,
                   [&](std::string_view piece) { all += piece; });
    return all;
  };
  const auto csv = text(ExportFormat::kCsv);
  EXPECT_THAT(csv, HasSubstr("1970-01-02T00:00:00Z,run1,os/getppid,docker,real_time,ratio,ns,1.25,"
                             "1.2375,1.2625,,12,0,0,e1\n"));
  EXPECT_THAT(csv, HasSubstr(",\"a,\"\"b\"\"\",docker,"));
  EXPECT_THAT(text(ExportFormat::kJsonLines), HasSubstr("\"workload\":\"a,\\\"b\\\"\""));
  const auto metrics = text(ExportFormat::kOpenMetrics);
  EXPECT_THAT(metrics, HasSubstr("strata_cost_ratio{workload=\"os/getppid\",target=\"docker\","
                                 "metric=\"real_time\",unit=\"ns\",environment=\"e1\"} 1.25 "
                                 "86400\n"));
  EXPECT_THAT(metrics, ::testing::EndsWith("# EOF\n"));
  EXPECT_EQ(text(ExportFormat::kOtava),
            "time,run,\"a,\"\"b\"\"@docker\",os/getppid@docker\n"
            "1970-01-02T00:00:00Z,run1,,1.25\n"
            "1970-01-03T00:00:00Z,run2,3,1.5\n");
}

/// A run of two targets whose trials take what `value` says of target and block; none where it says
/// nothing.
MeasuredRun run_of(
    std::uint32_t blocks,
    const std::function<std::optional<double>(const std::string&, std::uint32_t)>& value) {
  MeasuredRun run;
  run.head.header.run_id = "0011223344556677";
  run.head.header.started_utc = "2026-03-01T02:00:00Z";
  run.head.header.baseline = "process";
  run.head.header.targets = {{"process", "process", {}, {}},
                             {"docker", "docker", {}, {{"engine.version", "20.10"}}}};
  run.head.header.environment = {{{"cpu.model", "C"}, {"load.1m", "0.5"}}, "aa"};
  Summarizer summarizer("process");
  for (std::uint32_t block = 0; block < blocks; ++block) {
    for (const char* const target : {"process", "docker"}) {
      Trial trial;
      trial.workload = "work";
      trial.target = target;
      trial.block = block;
      if (const auto time = value(target, block)) {
        trial.metrics = {{"real_time", *time, "ns", Better::kLower}};
      } else {
        trial.failure = Failure{"start it", "no", ""};
      }
      run.measurements.add(trial);
      summarizer.add(trial);
    }
  }
  run.head.summary = summarizer.finish();
  return run;
}

TEST(NightOf, AResultIsRatiosAndTheBaselineItself) {
  const auto night = night_of(
      run_of(12, [](const auto& target,
                    auto block) { return (target == "docker" ? 110.0 : 100.0) + block % 3; }),
      {{"work", "real_time"}});
  ASSERT_THAT(night.points, SizeIs(2));
  EXPECT_EQ(night.points[0].series.name(), "work@process");
  EXPECT_EQ(night.points[0].series.kind, SeriesInfo::Kind::kAbsolute);
  EXPECT_EQ(night.points[1].series.name(), "work@docker");
  EXPECT_NEAR(night.points[1].point.value, 1.1, 0.01);
  EXPECT_TRUE(night.points[1].point.interval.has_value());
  // The engine's version is part of the environment, the load is not.
  const auto& facts = night.environments.at(night.points[1].series.environment);
  EXPECT_EQ(facts.at("target.engine.version"), "20.10");
  EXPECT_EQ(facts.at("host.cpu.model"), "C");
  EXPECT_FALSE(facts.contains("host.load.1m"));
}

TEST(NightOf, WhatIsNoMeasurementIsLeftOutAndSaid) {
  const auto left_out = [](std::uint32_t blocks, auto value) {
    try {
      return night_of(run_of(blocks, value), {{"work", "real_time"}});
    } catch (const UsageError&) {
      return Night{};
    }
  };
  // Zero and negative times; a half that failed; one trial; all equal.
  for (const double odd : {0.0, -5.0}) {
    const auto night = left_out(12, [&](const auto& target, auto block) -> std::optional<double> {
      return target == "docker" && block == 3 ? odd : 100.0 + block;
    });
    EXPECT_THAT(night.points, SizeIs(1)) << odd;
    EXPECT_THAT(night.warnings, SizeIs(1)) << odd;
  }
  const auto half = left_out(12, [](const auto& target, auto block) -> std::optional<double> {
    if (target == "docker") return std::nullopt;
    return 100.0 + block;
  });
  EXPECT_THAT(half.points, SizeIs(1));
  const auto single = left_out(1, [](const auto&, auto) { return std::optional(100.0); });
  for (const auto& point : single.points) EXPECT_FALSE(point.point.interval.has_value());
  const auto equal = left_out(12, [](const auto&, auto) { return std::optional(100.0); });
  ASSERT_THAT(equal.points, SizeIs(2));
  EXPECT_EQ(equal.points[1].point.value, 1);
}

TEST(NightOf, AGoogleBenchmarkFile) {
  const testing::Folder folder;
  const auto path = folder / "b.json";
  testing::write_file(path, R"({"context": {"date": "2026-03-01T13:00:00+01:00", "num_cpus": 2},
    "benchmarks": [
      {"name": "a/1", "run_name": "a/1", "run_type": "iteration", "real_time": 2, "time_unit": "us"},
      {"name": "a/1", "run_name": "a/1", "run_type": "iteration", "real_time": 4, "time_unit": "us"},
      {"name": "a/1_mean", "run_name": "a/1", "run_type": "aggregate", "real_time": 3, "time_unit": "us"},
      {"name": "b", "run_type": "iteration", "real_time": -1, "time_unit": "ns"},
      {"name": "c", "run_type": "iteration", "real_time": 1, "time_unit": "furlong"},
      {"name": "d", "run_type": "iteration", "error_occurred": true, "real_time": 1, "time_unit": "ns"}]})");
  const auto night = night_of_google_benchmark(path, "native");
  EXPECT_EQ(night.run.started_utc, "2026-03-01T12:00:00Z");
  ASSERT_THAT(night.points, SizeIs(1));
  EXPECT_EQ(night.points[0].series.name(), "a/1@native");
  EXPECT_EQ(night.points[0].point.value, 3000);
  EXPECT_EQ(night.points[0].point.trials, 2U);
  EXPECT_THAT(night.warnings, SizeIs(2));
  for (const auto* const bad :
       {"", "[]", "{}", "{\"context\":{},\"benchmarks\":[]}",
        "{\"context\":{\"date\":\"2026-03-01T12:00:00Z\"},\"benchmarks\":[]}"}) {
    testing::write_file(path, bad);
    EXPECT_THAT(error_of([&] { night_of_google_benchmark(path, "x"); }), HasSubstr("import"))
        << bad;
  }
}

TEST(Utc, IsReadAndWritten) {
  EXPECT_EQ(seconds_of_utc("1970-01-02T00:00:01Z"), 86401);
  EXPECT_EQ(seconds_of_utc("2026-03-01T12:00:00+02:00"), seconds_of_utc("2026-03-01T10:00:00Z"));
  EXPECT_EQ(utc_of_seconds(*seconds_of_utc("2026-02-28T23:59:59Z")), "2026-02-28T23:59:59Z");
  for (const auto* const bad : {"", "yesterday", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z",
                                "2026-01-01T00:00:00 PST"}) {
    EXPECT_FALSE(seconds_of_utc(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace strata::results
