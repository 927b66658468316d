#include "plots/site/site.h"

#include <gtest/gtest.h>

#include <fstream>

#include "plots/site/atom_feed.h"
#include "plots/testing/sample_history.h"
#include "results/testing/folder.h"
#include "results/vocabulary/error.h"

namespace strata::plots {
namespace {

using results::History;
using results::testing::read_file;

/// A history of 30 nights with a confirmed change.
History sample_history(const std::filesystem::path& file) {
  testing::write_sample_history(file, 30, 12);
  auto history = History::open(file, History::Access::kWrite);
  results::Change change;
  change.series = history.find_series("group2/cell2@docker").back().id;
  change.run = history.runs()[20].id;
  change.state = results::Change::State::kConfirmed;
  change.factor = 1.15;
  change.evidence = "1.10 <before>, 1.27 after";
  history.record(change);
  return history;
}

TEST(Site, HasAPageForEachRunAndGroupAndDataForEachCell) {
  const results::testing::Folder folder;
  const auto history = sample_history(folder / "history.db");
  const auto size = write_site(history, folder / "site", {"Our hosts", ""});
  EXPECT_EQ(size.runs, 30U);
  EXPECT_EQ(size.cells, 13U);
  const auto index = read_file(folder / "site" / "index.html");
  EXPECT_NE(index.find("30 runs"), std::string::npos);
  EXPECT_NE(index.find("15.0 % dearer"), std::string::npos);
  EXPECT_NE(index.find("1.10 &lt;before&gt;"), std::string::npos);
  for (const auto& run : history.runs()) {
    const auto page = read_file(folder / "site" / "runs" / (std::to_string(run.id) + ".html"));
    EXPECT_NE(page.find("group2/cell2@docker"), std::string::npos) << run.id;
  }
  const auto trends = read_file(folder / "site" / "trends" / "group2.html");
  EXPECT_NE(trends.find("confirmed change"), std::string::npos);
  std::size_t data = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "site" / "data")) {
    ++data;
    EXPECT_TRUE(read_file(entry.path()).starts_with("strataCell(\"")) << entry.path();
  }
  EXPECT_EQ(data, 13U);
}

TEST(Site, ReplacesASiteAndNothingElse) {
  const results::testing::Folder folder;
  const auto history = sample_history(folder / "history.db");
  write_site(history, folder / "site", {});
  std::ofstream(folder / "site" / "runs" / "999.html") << "of a run that was removed";
  write_site(history, folder / "site", {});
  EXPECT_FALSE(std::filesystem::exists(folder / "site" / "runs" / "999.html"));

  std::filesystem::create_directories(folder / "home");
  std::ofstream(folder / "home" / "letter") << "dear";
  EXPECT_THROW(write_site(history, folder / "home", {}), UsageError);
  EXPECT_TRUE(std::filesystem::exists(folder / "home" / "letter"));
}

TEST(AtomFeed, NamesConfirmedChanges) {
  const results::testing::Folder folder;
  const auto history = sample_history(folder / "history.db");
  const auto feed = atom_feed(read_site_data(history), {"Ours & theirs", "https://example.org/s/"});
  EXPECT_NE(feed.find("<title>Ours &amp; theirs: confirmed changes</title>"), std::string::npos);
  EXPECT_NE(feed.find("<title>group2/cell2@docker: 15.0 % dearer</title>"), std::string::npos);
  EXPECT_NE(feed.find("href=\"https://example.org/s/trends/group2.html#"), std::string::npos);
  EXPECT_NE(feed.find("<updated>2026-01-21T00:00:00Z</updated>"), std::string::npos);
}

}  // namespace
}  // namespace strata::plots
