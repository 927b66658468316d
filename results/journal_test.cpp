#include "results/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <utility>

#include "results/journal_lines.h"
#include "results/testing/folder.h"
#include "results/testing/sample_run.h"
#include "results/testing/small_disk.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using testing::any_trial;
using testing::as_stored;
using testing::error_of;
using testing::expect_equal;
using testing::Folder;
using ::testing::HasSubstr;
using testing::read_file;
using testing::sample_header;
using testing::sample_trial;
using testing::write_file;

/// A run of three trials and an end; returns its journal's text.
std::string write_run(const fs::path& folder) {
  auto journal = Journal::create(folder, sample_header());
  for (std::uint32_t block = 0; block < 3; ++block) {
    journal.append(sample_trial("os/getppid", "docker", block));
  }
  journal.append(RunFooter{12.5, 0.25, true, "SIGINT"});
  return read_file(journal.path());
}

TEST(Journal, GivesBackWhatWasWritten) {
  const Folder folder;
  write_run(folder / "run");
  const auto journal = Journal::resume(folder / "run");
  expect_equal(journal.header(), sample_header());
  ASSERT_EQ(journal.trials().size(), 3U);
  for (std::uint32_t block = 0; block < 3; ++block) {
    expect_equal(journal.trials()[block], as_stored(sample_trial("os/getppid", "docker", block)));
  }
  ASSERT_EQ(journal.footers().size(), 1U);
  EXPECT_EQ(journal.footers()[0].wall_seconds, 12.5);
  EXPECT_EQ(journal.footers()[0].strata_cpu_seconds, 0.25);
  EXPECT_TRUE(journal.footers()[0].interrupted);
  EXPECT_EQ(journal.footers()[0].reason, "SIGINT");
  EXPECT_EQ(journal.path(), folder / "run" / "journal.jsonl");
}

TEST(Journal, GivesBackAnyTrialBitForBit) {
  std::mt19937_64 random(8);
  const Folder folder;
  std::vector<Trial> trials;
  {
    auto journal = Journal::create(folder.path(), {});
    for (int i = 0; i < 300; ++i) {
      trials.push_back(any_trial(random));
      journal.append(trials.back());
    }
  }
  const auto journal = Journal::resume(folder.path());
  ASSERT_EQ(journal.trials().size(), trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    expect_equal(journal.trials()[i], as_stored(trials[i]));
  }
}

TEST(Journal, KeepsWhatIsNoTextAndNoNumberOut) {
  const Folder folder;
  auto trial = sample_trial("w", "t", 0);
  trial.failure = Failure{"run it", "it said \xff\xfe\x80 and \x1b[31m", ""};
  trial.metrics.push_back({"bad", std::numeric_limits<double>::quiet_NaN(), "", Better::kLower});
  trial.metrics.push_back({"worse", -std::numeric_limits<double>::infinity(), "", Better::kLower});
  { Journal::create(folder.path(), {}).append(trial); }
  const auto journal = Journal::resume(folder.path());
  const auto& read = journal.trials().at(0);
  EXPECT_EQ(read.failure->said, "it said \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd and \x1b[31m");
  EXPECT_EQ(read.metric("bad"), nullptr);
  EXPECT_EQ(read.metric("worse"), nullptr);
  EXPECT_EQ(read.metrics.size(), trial.metrics.size() - 2);
}

TEST(Journal, HoldsNoMomentOfTheHostsClock) {
  const Folder folder;
  const auto text = write_run(folder.path());
  EXPECT_THAT(text, HasSubstr("\"requested\":0"));
  EXPECT_THAT(text, HasSubstr("\"created\":1000"));
}

TEST(Journal, RefusesAFolderThatHoldsARun) {
  const Folder folder;
  const auto before = write_run(folder.path());
  EXPECT_THROW(Journal::create(folder.path(), sample_header()), UsageError);
  EXPECT_THAT(error_of([&] { Journal::create(folder.path(), sample_header()); }),
              HasSubstr("the folder holds another run already; go on with it: --resume " +
                        folder.path().string()));
  EXPECT_EQ(read_file(folder / "journal.jsonl"), before);
  write_file(folder / "journal.jsonl", "a diary of mine, without a line end");
  EXPECT_THROW(Journal::create(folder.path(), sample_header()), UsageError);
}

TEST(Journal, SaysWhichFolderItCouldNotMake) {
  const Folder folder;
  write_file(folder / "file", "");
  EXPECT_THROW(Journal::create(folder / "file" / "run", {}), UsageError);
  EXPECT_THAT(error_of([&] { Journal::create(folder / "file" / "run", {}); }),
              HasSubstr("file/run: Not a directory; choose another place with --out"));
  fs::create_directories(folder / "odd" / "journal.jsonl");
  EXPECT_THAT(error_of([&] { Journal::create(folder / "odd", {}); }), HasSubstr("Is a directory"));
}

TEST(Journal, RefusesAFolderWithoutARun) {
  const Folder folder;
  EXPECT_THROW(Journal::resume(folder.path()), UsageError);
  EXPECT_THAT(error_of([&] { Journal::resume(folder.path()); }),
              HasSubstr("there is no journal.jsonl; name the folder that --out named"));
  EXPECT_THAT(error_of([&] { Journal::resume(folder / "none"); }), HasSubstr("there is no"));
}

TEST(Journal, HasOneWriterAtATime) {
  const Folder folder;
  std::optional journal = Journal::create(folder.path(), sample_header());
  EXPECT_THROW(Journal::resume(folder.path()), UsageError);
  EXPECT_THAT(error_of([&] { Journal::resume(folder.path()); }),
              HasSubstr("another process is working on this run"));
  EXPECT_THAT(error_of([&] { Journal::create(folder.path(), {}); }),
              HasSubstr("another process is working on this run"));
  journal.reset();
  EXPECT_NO_THROW(Journal::resume(folder.path()));
}

/// A writer may be killed between any two bytes.
TEST(Journal, CutOffAnywhereItGoesOnFromTheLastWholeLine) {
  const Folder folder;
  const auto whole = write_run(folder / "whole");
  const auto path = folder / "cut" / "journal.jsonl";
  const auto header_end = whole.find('\n') + 1;
  // Every place in the last two lines and around line ends, a sample of the others: each round
  // waits for the disk.
  const auto is_taken = [&](std::size_t length) {
    const auto near = whole.substr(length < 2 ? 0 : length - 2, 4);
    return length % 17 == 0 || length + 300 > whole.size() || near.find('\n') != std::string::npos;
  };
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    if (!is_taken(length)) continue;
    const auto text = whole.substr(0, length);
    const auto line_ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    write_file(path, text);
    if (length < header_end) {
      ASSERT_THAT(error_of([&] { Journal::resume(folder / "cut"); }), HasSubstr("no first line"));
      // Nothing was lost, so it may be begun anew in the same place.
      { Journal::create(folder / "cut", sample_header()); }
      ASSERT_EQ(read_file(path), whole.substr(0, header_end)) << length;
      continue;
    }
    auto journal = Journal::resume(folder / "cut");
    ASSERT_EQ(journal.trials().size() + journal.footers().size(), line_ends - 1) << length;
    journal.append(RunFooter{1, 1, false, ""});
    const auto last_end = text.rfind('\n') + 1;
    ASSERT_EQ(read_file(path),
              text.substr(0, last_end) + to_journal_line(RunFooter{1, 1, false, ""}) + "\n");
  }
}

TEST(Journal, NamesTheLineThatIsNotWhatItShouldBe) {
  const Folder folder;
  const auto path = folder / "journal.jsonl";
  const auto whole = write_run(folder.path());
  const auto header = whole.substr(0, whole.find('\n') + 1);
  const auto complaint_about = [&](const std::string& line) {
    write_file(path, header + line + "\n" + to_journal_line(RunFooter{}) + "\n");
    const auto before = read_file(path);
    EXPECT_THROW(Journal::resume(folder.path()), UsageError) << line;
    EXPECT_EQ(read_file(path), before) << "it must not be changed";
    return error_of([&] { Journal::resume(folder.path()); });
  };
  EXPECT_THAT(complaint_about("{\"trial\":{"), HasSubstr("journal.jsonl:2: the line is no JSON"));
  EXPECT_THAT(complaint_about(""), HasSubstr(":2: the line is no JSON"));
  EXPECT_THAT(complaint_about("[1]"), HasSubstr(":2: the line is no JSON object"));
  EXPECT_THAT(complaint_about("{\"note\":1}"), HasSubstr(":2: the line is neither"));
  EXPECT_THAT(complaint_about(header.substr(0, header.size() - 1)),
              HasSubstr(":2: the line is neither"));
  EXPECT_THAT(complaint_about("{\"trial\":3}"), HasSubstr("the trial is no object"));
  EXPECT_THAT(complaint_about("{\"end\":{}}"), HasSubstr(":2:"));
  EXPECT_THAT(complaint_about("{\"trial\":{\"workload\":\"\xff\"}}"), HasSubstr("UTF"));
  const auto good = to_journal_line(sample_trial("w", "t", 0));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto line = good;
    EXPECT_NE(line.find(from), std::string::npos) << from;
    return complaint_about(line.replace(line.find(from), from.size(), to));
  };
  EXPECT_THAT(with("\"workload\":\"w\"", "\"workload\":3"),
              HasSubstr("\"workload\" is missing or no text"));
  EXPECT_THAT(with("\"control\":false", "\"control\":0"), HasSubstr("\"control\" is missing"));
  EXPECT_THAT(with("\"block\":0", "\"block\":-1"), HasSubstr("\"block\" is missing or no whole"));
  EXPECT_THAT(with("\"block\":0", "\"block\":4294967296"), HasSubstr("\"block\""));
  EXPECT_THAT(with("\"metrics\":[", "\"metrics\":[3,"), HasSubstr("a metric is no object"));
  EXPECT_THAT(with("\"metrics\":[", "\"metricz\":["), HasSubstr("\"metrics\" is missing"));
  EXPECT_THAT(with("\"value\":100.25", "\"value\":\"100\""),
              HasSubstr("\"real_time\" has no value"));
  EXPECT_THAT(with("\"better\":\"higher\"", "\"better\":\"larger\""),
              HasSubstr("\"better\" is \"larger\""));
  EXPECT_THAT(with("\"ready\":5000", "\"ready\":0.5"), HasSubstr("stamp \"ready\" is no number"));
  EXPECT_THAT(with("\"ready\":5000", "\"ready\":9223372036854775807"),
              HasSubstr("stamp \"ready\""));
  EXPECT_THAT(with("\"ready\":", "\"rady\":"), HasSubstr("there is no stamp \"rady\""));
}

TEST(Journal, NamesTheFirstLineThatIsNoHeader) {
  const Folder folder;
  const auto path = folder / "journal.jsonl";
  const auto whole = write_run(folder.path());
  const auto complaint_about = [&](const std::string& text) {
    write_file(path, text);
    EXPECT_THROW(Journal::resume(folder.path()), UsageError);
    return error_of([&] { Journal::resume(folder.path()); });
  };
  EXPECT_THAT(complaint_about("hello\n"), HasSubstr(":1: the first line does not tell the run"));
  EXPECT_THAT(complaint_about("{\"run\":{}}\n"), HasSubstr(":1:"));
  EXPECT_THAT(complaint_about("{\"run\":{\n"), HasSubstr(":1:"));
  auto other = whole;
  other.replace(other.find("\"schema\":1"), 10, "\"schema\":2");
  EXPECT_THAT(complaint_about(other),
              HasSubstr(":1: its schema version is 2, this Strata reads version 1; go on with the "
                        "Strata that began it"));
  auto plan = whole;
  plan.replace(plan.find("\"places\":[0,"), 12, "\"places\":[9,");
  EXPECT_THAT(complaint_about(plan), HasSubstr("the plan names what is in no table"));
  plan = whole;
  plan.replace(plan.find("\"places\":[0,"), 12, "\"places\":[0,0,");
  EXPECT_THAT(complaint_about(plan), HasSubstr(":1:"));
}

TEST(Journal, OnAFullDiskKeepsWhatItHasAndGoesOnWhenThereIsRoom) {
  const Folder folder;
  const testing::SmallDisk disk(folder.path(), 256U << 10U);
  if (!disk.is_there()) GTEST_SKIP() << "may not mount";
  auto trial = sample_trial("w", "t", 0);
  trial.sample = std::string(10'000, 's');
  std::size_t stored = 0;
  {
    auto journal = Journal::create(folder / "run", sample_header());
    std::string said;
    for (; stored < 1000 && said.empty(); ++stored) {
      const auto error = error_of([&] { journal.append(trial); });
      if (error != "no error") said = error;
    }
    --stored;
    EXPECT_THAT(said, HasSubstr("journal.jsonl: No space left on device; make room on the disk, "
                                "then go on with --resume"));
    EXPECT_GT(stored, 5U);
    EXPECT_TRUE(read_file(journal.path()).ends_with('\n')) << "half a line is cut off again";
    // With room again the same process goes on.
    trial.sample.clear();
    EXPECT_NO_THROW(journal.append(trial));
  }
  EXPECT_EQ(Journal::resume(folder / "run").trials().size(), stored + 1);
}

TEST(Journal, AFullDiskAtTheStartLeavesAFolderThatCanBeUsed) {
  const Folder folder;
  const testing::SmallDisk disk(folder.path(), 64U << 10U);
  if (!disk.is_there()) GTEST_SKIP() << "may not mount";
  auto header = sample_header();
  header.definition = std::string(1U << 20U, 'd');
  EXPECT_THAT(error_of([&] { Journal::create(folder / "run", header); }),
              HasSubstr("No space left on device"));
  EXPECT_NO_THROW(Journal::create(folder / "run", sample_header()));
}

}  // namespace
}  // namespace strata::results
