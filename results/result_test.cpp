#include "results/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "results/gzip.h"
#include "results/journal_lines.h"
#include "results/json_text.h"
#include "results/summary_json.h"
#include "results/testing/folder.h"
#include "results/testing/sample_run.h"
#include "results/testing/small_disk.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using testing::any_trial;
using testing::as_in_result;
using testing::error_of;
using testing::expect_equal;
using testing::Folder;
using testing::read_file;
using testing::sample_header;
using testing::sample_trial;
using testing::write_file;

std::string journal_text(const RunHeader& header, const std::vector<Trial>& trials) {
  auto text = to_journal_line(header) + "\n";
  for (const auto& trial : trials) text += to_journal_line(trial) + "\n";
  return text + to_journal_line(RunFooter{12.5, 0.25, false, ""}) + "\n";
}

std::vector<Trial> sample_trials() {
  std::vector<Trial> trials;
  for (std::uint32_t block = 0; block < 7; ++block) {
    trials.push_back(sample_trial("os/getppid", "process", block));
    trials.push_back(sample_trial("os/getppid", "docker", block));
    trials.push_back(sample_trial("os/getppid", "process", block));
    trials.back().control = true;
  }
  trials[4].failure = Failure{"start container", "404: \"No such image\"", "pull it"};
  return trials;
}

/// Writes a journal and its result.
class ResultTest : public ::testing::Test {
 protected:
  ResultHead write(const RunHeader& header, const std::vector<Trial>& trials) {
    write_file(journal_, journal_text(header, trials));
    return write_result(journal_, result_);
  }
  std::vector<Trial> read_trials() {
    std::vector<Trial> trials;
    read_result(result_, [&](const Trial& trial) { trials.push_back(trial); });
    return trials;
  }
  /// What the user is told of a result with this text.
  std::string complaint(const std::string& text) {
    write_file(result_, text);
    EXPECT_THROW(read_result(result_), UsageError);
    return error_of([&] { read_result(result_); });
  }
  std::string written_sample() {
    write(sample_header(), sample_trials());
    return read_file(result_);
  }

  Folder folder_;
  fs::path journal_ = folder_ / "journal.jsonl";
  fs::path result_ = folder_ / "result.json";
};

TEST_F(ResultTest, GivesBackWhatTheJournalHolds) {
  const auto trials = sample_trials();
  const auto written = write(sample_header(), trials);
  std::vector<Trial> read;
  const auto head = read_result(result_, [&](const Trial& trial) { read.push_back(trial); });
  expect_equal(head.header, sample_header());
  ASSERT_EQ(head.footers.size(), 1U);
  EXPECT_EQ(head.footers[0].wall_seconds, 12.5);
  ASSERT_EQ(read.size(), trials.size());
  for (std::size_t i = 0; i < read.size(); ++i) expect_equal(read[i], as_in_result(trials[i]));
  EXPECT_EQ(Json(head.summary), Json(written.summary));
  EXPECT_EQ(head.summary.trials, 21U);
  EXPECT_EQ(head.summary.failed, 1U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 2) << "nothing is left over";
}

TEST_F(ResultTest, APackedResultReadsTheSame) {
  const auto plain = written_sample();
  const auto trials = read_trials();
  write_file(result_, gzipped(plain));
  const auto packed = read_trials();
  ASSERT_EQ(packed.size(), trials.size());
  for (std::size_t i = 0; i < packed.size(); ++i) expect_equal(packed[i], trials[i]);
  EXPECT_THAT(complaint(gzipped(plain.substr(0, plain.size() / 2))), HasSubstr("at byte"));
}

TEST_F(ResultTest, ASummaryOfWhatWasReadIsTheSummaryThatWasWritten) {
  std::mt19937_64 random(31);
  auto trials = sample_trials();
  for (auto& trial : trials)
    trial.metrics[0].value *= 1 + static_cast<double>(random() % 100) / 1e3;
  const auto written = write(sample_header(), trials);
  Summarizer summarizer("process");
  read_result(result_, [&](const Trial& trial) { summarizer.add(trial); });
  EXPECT_EQ(Json(summarizer.finish()), Json(written.summary));
}

TEST_F(ResultTest, AnyTrialsComeBackBitForBit) {
  std::mt19937_64 random(12);
  std::vector<Trial> trials;
  for (int i = 0; i < 500; ++i) trials.push_back(any_trial(random));
  write({}, trials);
  const auto read = read_trials();
  ASSERT_EQ(read.size(), trials.size());
  for (std::size_t i = 0; i < read.size(); ++i) expect_equal(read[i], as_in_result(trials[i]));
}

TEST_F(ResultTest, IsAGoogleBenchmarkFileWithOneFurtherKey) {
  const auto json = Json::parse(written_sample());
  EXPECT_EQ(json.size(), 3U);
  EXPECT_EQ(json["context"]["host_name"], "lab");
  EXPECT_EQ(json["benchmarks"].size(), 20U) << "all but the failed one";
  for (const auto& entry : json["benchmarks"]) {
    for (const auto& [key, value] : entry.items()) {
      EXPECT_TRUE(value.is_number() || value.is_string()) << key << " is not flat";
    }
  }
  EXPECT_EQ(json["benchmarks"][2]["name"], "os/getppid@control");
  const auto& strata = json["strata"];
  EXPECT_EQ(strata["schema"], kSchemaVersion);
  EXPECT_EQ(strata["run"]["run_id"], "0123456789abcdef");
  EXPECT_EQ(strata["trials"].size(), 21U);
  EXPECT_EQ(strata["tables"]["failures"][0]["said"], "404: \"No such image\"");
}

TEST_F(ResultTest, OfARunWithoutTrialsIsWhole) {
  write(sample_header(), {});
  EXPECT_TRUE(read_trials().empty());
  const auto json = Json::parse(read_file(result_));
  EXPECT_EQ(json["benchmarks"], Json::array());
  EXPECT_EQ(json["strata"]["trials"], Json::array());
}

TEST_F(ResultTest, ReformattedByAnotherToolItIsStillRead) {
  auto json = Json::parse(written_sample());
  json["strata"]["a_later_section"] = {1, {{"x", "]"}}};
  json["note"] = "of mine: \"strata\": {";
  // nlohmann's object is sorted: benchmarks and context stand before strata, and in it the order
  // that matters is lost, so it is put together by hand.
  auto strata = json["strata"];
  json.erase("strata");
  std::string text = json.dump(3);
  text.resize(text.rfind('}'));
  text += ",\n\"strata\" :\n{ \"schema\" : 1";
  for (const char* const key : {"run", "a_later_section", "summary", "ends", "tables", "trials"}) {
    text += std::string(",\n\"") + key + "\" : " + strata[key].dump(2);
  }
  write_file(result_, text + "}}");
  const auto read = read_trials();
  const auto trials = sample_trials();
  ASSERT_EQ(read.size(), trials.size());
  for (std::size_t i = 0; i < read.size(); ++i) expect_equal(read[i], as_in_result(trials[i]));
}

TEST_F(ResultTest, AHalfWrittenLastLineIsLeftOut) {
  const auto whole = journal_text(sample_header(), sample_trials());
  write_file(journal_, whole + whole.substr(whole.find('\n') + 1, 50));
  EXPECT_EQ(write_result(journal_, result_).summary.trials, 21U);
}

TEST_F(ResultTest, AJournalThatIsNoneLeavesTheOldResultAlone) {
  const auto before = written_sample();
  write_file(journal_, journal_text(sample_header(), sample_trials()) + "rubbish\n");
  EXPECT_THAT(error_of([&] { write_result(journal_, result_); }),
              HasSubstr("journal.jsonl:24: the line is no JSON"));
  EXPECT_EQ(read_file(result_), before);
  EXPECT_FALSE(fs::exists(result_.string() + ".part"));
  write_file(journal_, "{\"run\":");
  EXPECT_THAT(error_of([&] { write_result(journal_, result_); }),
              HasSubstr("it has no whole line"));
  fs::remove(journal_);
  EXPECT_THAT(error_of([&] { write_result(journal_, result_); }),
              HasSubstr("journal.jsonl: No such file or directory"));
}

TEST_F(ResultTest, OfAnotherSchemaIsRefused) {
  auto text = written_sample();
  text.replace(text.find("\"schema\": 1"), 11, "\"schema\": 2");
  EXPECT_THAT(complaint(text), HasSubstr("result.json: its schema version is 2, this Strata reads "
                                         "version 1; read it with the Strata that wrote it"));
}

TEST_F(ResultTest, OfGoogleBenchmarksAloneIsRefused) {
  EXPECT_THAT(complaint(R"({"context": {}, "benchmarks": []})"),
              HasSubstr("it has no \"strata\"; a file of Google Benchmark's alone"));
}

TEST_F(ResultTest, WhatIsNoResultIsRefusedWithThePlace) {
  EXPECT_THAT(complaint(""), HasSubstr("at byte 0: the file ends"));
  EXPECT_THAT(complaint("hello"), HasSubstr("at byte 0: '{' should be here, not 'h'"));
  EXPECT_THAT(complaint("[1]"), HasSubstr("at byte 0"));
  EXPECT_THAT(complaint("{\"strata\": 3}"), HasSubstr("at byte 11: '{' should be here, not '3'"));
  EXPECT_THAT(complaint("{\"strata\": {}}"), HasSubstr("\"strata\" has no \"schema\""));
  EXPECT_THAT(complaint("{\"strata\": {\"run\": {}}}"),
              HasSubstr("\"strata\" does not begin with \"schema\""));
  EXPECT_THAT(complaint("{\"strata\": {\"schema\": 1, \"run\": {}}}"), HasSubstr("\"run\" in"));
  EXPECT_THAT(complaint("{\"strata\": {\"schema\": 1, \"run\": nonsense}}"),
              HasSubstr("\"run\" in \"strata\""));
  EXPECT_THAT(complaint("{\"strata\": {\"schema\": 1, \"trials\": []}}"),
              HasSubstr("\"trials\" in \"strata\" come before \"tables\""));
  EXPECT_THAT(complaint("{\"strata\": {\"schema\": \"1\"}}"),
              HasSubstr("its schema version is \"1\""));
  fs::remove(result_);
  EXPECT_THAT(error_of([&] { read_result(result_); }), HasSubstr("No such file or directory"));
}

TEST_F(ResultTest, WithoutOneOfItsSectionsIsRefused) {
  const auto whole = written_sample();
  for (const std::string key : {"run", "ends", "summary"}) {
    auto text = whole;
    text.replace(text.find("\n\"" + key + "\":"), key.size() + 3, "\n\"x" + key + "\"");
    EXPECT_THAT(complaint(text), HasSubstr("\"strata\" has no \"" + key + "\""));
  }
}

TEST_F(ResultTest, ATrialThatIsNoneIsNamed) {
  auto text = written_sample();
  const auto begin = text.find("\"trials\": [") + 12;
  const auto third = text.find('\n', text.find('\n', begin) + 1) + 1;
  text.replace(third, 1, "{");
  EXPECT_THAT(complaint(text), HasSubstr("trial 3 in \"strata\": it is no list of numbers"));
  text = written_sample();
  text.replace(text.find('\n', begin) + 2, 1, "99");
  EXPECT_THAT(complaint(text), HasSubstr("trial 2 in \"strata\": its workload is number 99 of 1"));
}

TEST_F(ResultTest, CutOffAnywhereIsRefused) {
  const auto whole = written_sample();
  for (std::size_t length = 0; length < whole.size() - 1; length += 1 + length % 29) {
    write_file(result_, whole.substr(0, length));
    ASSERT_THROW(read_result(result_), UsageError) << length;
  }
  write_file(result_, whole.substr(0, whole.size() - 1));
  EXPECT_NO_THROW(read_result(result_)) << "the last line end is of no concern";
}

TEST_F(ResultTest, WhatTheVisitorThrowsComesThrough) {
  written_sample();
  EXPECT_EQ(error_of([&] {
              read_result(result_, [](const Trial&) { throw Error("look at it", "too ugly"); });
            }),
            "look at it: too ugly");
}

TEST_F(ResultTest, OnAFullDiskSaysThatTheJournalIsWhole) {
  const Folder small;
  const testing::SmallDisk disk(small.path(), 16U << 10U);
  if (!disk.is_there()) GTEST_SKIP() << "may not mount";
  std::vector<Trial> trials;
  for (std::uint32_t block = 0; block < 5000; ++block)
    trials.push_back(sample_trial("w", "t", block));
  write_file(journal_, journal_text(sample_header(), trials));
  EXPECT_THAT(error_of([&] { write_result(journal_, small / "result.json"); }),
              HasSubstr("No space left on device; make room on the disk; the journal is whole"));
  EXPECT_TRUE(fs::is_empty(small.path()));
}

}  // namespace
}  // namespace strata::results
