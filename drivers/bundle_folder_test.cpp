#include "drivers/bundle_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "drivers/file_digest.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/inventory.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::write_file;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BundleFolderTest : public ::testing::Test {
 protected:
  BundleFolderTest() {
    add("strata/agent", "the agent", true);
    add("strata/lib/table", "1 2 3", false);
  }
  void add(const std::string& path, const std::string& bytes, bool executable) {
    const auto source = root_ / "sources" / path;
    write_file(source, bytes, executable);
    bundle_.files.push_back({path, source, executable, file_sha256(source), {bytes.size()}});
  }
  [[nodiscard]] Deadline enough() const {
    return Deadline::after(monotonic_clock(), std::chrono::seconds(60));
  }
  fs::path lay() { return lay_out(bundle_, cache_, "run1", enough()); }
  /// What lies in the cache.
  std::vector<std::string> cached() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cache_ / "bundles")) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  void expect_whole(const fs::path& folder) {
    EXPECT_EQ(content_of(folder / "strata/agent"), "the agent");
    EXPECT_EQ(content_of(folder / "strata/lib/table"), "1 2 3");
  }

  testing::TemporaryFolder root_;
  fs::path cache_ = root_ / "cache";
  Bundle bundle_{.digest = "d1", .command = {}, .program_digest = {}, .files = {}};
};

TEST_F(BundleFolderTest, LiesWhereItsDigestSays) {
  const auto folder = lay();
  EXPECT_EQ(folder, cache_ / "bundles/d1");
  expect_whole(folder);
  EXPECT_EQ(fs::status(folder / "strata/agent").permissions(), fs::perms{0555});
  EXPECT_EQ(fs::status(folder / "strata/lib/table").permissions(), fs::perms{0444});
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms{0755});
  EXPECT_THAT(cached(), ElementsAre("d1"));
}

TEST_F(BundleFolderTest, IsUsedAgain) {
  const auto first = lay();
  const auto before = fs::last_write_time(first);
  fs::remove_all(root_ / "sources");
  EXPECT_EQ(lay(), first);
  EXPECT_EQ(fs::last_write_time(first), before);
}

TEST_F(BundleFolderTest, IsMadeAgainIfItIsDamaged) {
  const auto folder = lay();
  fs::remove(folder / "strata/lib/table");
  expect_whole(lay());
  fs::permissions(folder / "strata/agent", fs::perms{0755});
  std::ofstream(folder / "strata/agent") << "another length";
  expect_whole(lay());
  fs::permissions(folder / "strata/agent", fs::perms{0755});
  lay();
  EXPECT_EQ(fs::status(folder / "strata/agent").permissions(), fs::perms{0555});
  fs::remove(folder / "strata/agent");
  fs::create_symlink(root_ / "sources/strata/agent", folder / "strata/agent");
  lay();
  EXPECT_FALSE(fs::is_symlink(folder / "strata/agent"));
  EXPECT_THAT(cached(), ElementsAre("d1"));
}

TEST_F(BundleFolderTest, AProgramThatHasChangedMeanwhileIsRefused) {
  write_file(root_ / "sources/strata/agent", "the agemt", true);
  try {
    lay();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no longer those that the bundle was made of"));
  }
  EXPECT_THAT(cached(), IsEmpty());
}

TEST_F(BundleFolderTest, ASourceThatIsGoneIsAnError) {
  fs::remove(root_ / "sources/strata/lib/table");
  try {
    lay();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("No such file"));
  }
  EXPECT_THAT(cached(), IsEmpty());
}

TEST_F(BundleFolderTest, TakesNoLongerThanItMay) {
  ManualClock clock;
  EXPECT_THROW(lay_out(bundle_, cache_, "run1", {clock, clock.now()}), DeadlineExceeded);
  EXPECT_THAT(cached(), IsEmpty());
}

TEST_F(BundleFolderTest, ManyMayMakeItAtOnce) {
  add("strata/bin/large", std::string(3'000'000, 'x'), true);
  std::vector<std::jthread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto folder = lay();
        // At no moment is it half there, whoever is replacing it just now.
        expect_whole(folder);
        EXPECT_EQ(fs::file_size(folder / "strata/bin/large"), 3'000'000U);
      }
    });
  }
  // One that keeps damaging it: what is there is replaced in one step.
  makers.emplace_back([&] {
    for (int round = 0; round < 20; ++round) {
      ::chmod((lay() / "strata/bin/large").c_str(), 0755);
    }
  });
  makers.clear();
  EXPECT_THAT(cached(), ElementsAre("d1"));
}

TEST_F(BundleFolderTest, CleaningRemovesWhatDeadRunsWereMaking) {
  lay();
  write_file(cache_ / "bundles/d2.run1.abcdef/strata/agent", "half");
  write_file(cache_ / "bundles/d2.run2.abcdef/strata/agent", "half");
  const auto run1_is_dead = [](std::string_view run) { return run == "run1"; };
  EXPECT_THAT(clean_laid_out(cache_, run1_is_dead, false),
              ElementsAre(HasSubstr("half-made bundle " + (cache_ / "bundles/d2.run1").string())));
  EXPECT_THAT(cached(), ::testing::UnorderedElementsAre("d1", "d2.run2.abcdef"));
  EXPECT_THAT(clean_laid_out(cache_, run1_is_dead, true),
              ElementsAre(HasSubstr("prepared bundle")));
  EXPECT_THAT(cached(), ElementsAre("d2.run2.abcdef"));
  EXPECT_THAT(clean_laid_out(root_ / "nowhere", run1_is_dead, true), IsEmpty());
}

}  // namespace
}  // namespace strata::drivers
