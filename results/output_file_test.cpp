#include "results/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <utility>

#include "results/testing/folder.h"
#include "results/testing/small_disk.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;
using testing::read_file;
using testing::write_file;

TEST(OutputFile, ReplacesTheOldVersionWhole) {
  const testing::Folder folder;
  const auto path = folder / "result.json";
  write_file(path, "old");
  auto file = OutputFile::next_version_of(path);
  file.buffer() = "new";
  file.flush();
  EXPECT_EQ(read_file(path), "old");
  file.replace();
  EXPECT_EQ(read_file(path), "new");
  EXPECT_FALSE(fs::exists(path.string() + ".part"));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_NE(status.st_mode & S_IRUSR, 0U);
}

TEST(OutputFile, GivenUpItLeavesTheOldVersionAndNothingElse) {
  const testing::Folder folder;
  const auto path = folder / "result.json";
  write_file(path, "old");
  {
    auto file = OutputFile::next_version_of(path);
    file.buffer() = "half";
    file.flush();
    auto moved = std::move(file);  // the one that was moved from has nothing to remove
    EXPECT_TRUE(fs::exists(path.string() + ".part"));
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(OutputFile, WritesOverWhatAKilledWriterLeft) {
  const testing::Folder folder;
  const auto path = folder / "result.json";
  write_file(path.string() + ".part", "a long piece of a result whose writer was killed");
  auto file = OutputFile::next_version_of(path);
  file.buffer() = "new";
  file.replace();
  EXPECT_EQ(read_file(path), "new");
}

TEST(OutputFile, TwoWritersDoNotMix) {
  const testing::Folder folder;
  const auto path = folder / "result.json";
  std::optional first = OutputFile::next_version_of(path);
  EXPECT_THROW(OutputFile::next_version_of(path), UsageError);
  EXPECT_THAT(error_of([&] { OutputFile::next_version_of(path); }),
              HasSubstr("another process is writing it"));
  first->buffer() = "first";
  first->replace();
  EXPECT_EQ(read_file(path), "first");
  first.reset();
  auto second = OutputFile::next_version_of(path);
  second.buffer() = "second";
  second.replace();
  EXPECT_EQ(read_file(path), "second");
}

TEST(OutputFile, ANamelessFileLeavesNoTrace) {
  const testing::Folder folder;
  const auto path = folder / "result.json";
  auto file = OutputFile::next_version_of(path);
  auto part = OutputFile::nameless(path);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
  const std::string middle(3'000'000, 'm');
  file.buffer() = "begin ";
  part.buffer() = middle;
  part.flush_if_full();
  EXPECT_TRUE(part.buffer().empty());
  part.buffer() = " more";
  file.append(part);
  file.buffer() += " end";
  file.replace();
  EXPECT_EQ(read_file(path), "begin " + middle + " more end");
}

TEST(OutputFile, SaysWhichPathItCouldNotWrite) {
  const testing::Folder folder;
  const auto path = folder / "none" / "result.json";
  EXPECT_THAT(error_of([&] { OutputFile::next_version_of(path); }),
              HasSubstr("none/result.json.part: No such file or directory"));
  EXPECT_THAT(error_of([&] { OutputFile::nameless(path); }),
              HasSubstr("none: No such file or directory"));
  EXPECT_THAT(error_of([&] { sync_folder(folder / "none"); }), HasSubstr("No such file"));
  fs::create_directory(folder / "taken");
  auto file = OutputFile::next_version_of(folder / "taken");
  EXPECT_THAT(error_of([&] { file.replace(); }), HasSubstr("Is a directory"));
}

TEST(OutputFile, AFullDiskIsAnErrorThatSaysWhatToDo) {
  const testing::Folder folder;
  const testing::SmallDisk disk(folder.path(), 64U << 10U);
  if (!disk.is_there()) GTEST_SKIP() << "may not mount";
  const auto path = folder / "result.json";
  write_file(path, "old");
  {
    auto file = OutputFile::next_version_of(path);
    file.buffer() = std::string(1U << 20U, 'x');
    EXPECT_THAT(error_of([&] { file.flush_if_full(); }),
                HasSubstr("result.json.part: No space left on device; make room on the disk"));
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace strata::results
