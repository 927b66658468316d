#include "workloads/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace strata::workloads {
namespace {

namespace fs = std::filesystem;

/// A scratch folder of the test's own.
class ScratchTest : public ::testing::Test {
 protected:
  ScratchTest() {
    auto name = (fs::temp_directory_path() / "strata-scratch-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("STRATA_SCRATCH", folder_.c_str(), 1);
  }
  ~ScratchTest() override {
    ::unsetenv("STRATA_SCRATCH");
    fs::remove_all(folder_);
  }
  std::string folder_;
};

TEST_F(ScratchTest, AFileHasNoName) {
  const auto fd = scratch_file();
  ASSERT_TRUE(fd);
  EXPECT_EQ(::write(fd.get(), "x", 1), 1);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ScratchTest, ATreeGoesWithAllThatIsInIt) {
  {
    const ScratchTree tree;
    ASSERT_TRUE(tree);
    EXPECT_EQ(fs::path(tree.path()).parent_path(), folder_);
    fs::create_directories(tree.path() + "/a/b");
    std::ofstream(tree.path() + "/a/b/file") << "x";
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ScratchTest, ANamedFileIsThereWhileItLives) {
  {
    const NamedScratchFile file;
    ASSERT_TRUE(file);
    EXPECT_TRUE(fs::exists(file.path()));
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ScratchTest, SaysWhyThereIsNone) {
  ::setenv("STRATA_SCRATCH", (folder_ + "/missing").c_str(), 1);
  EXPECT_FALSE(scratch_file());
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(ScratchTree());
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(NamedScratchFile());
}

TEST_F(ScratchTest, TakesTheFirstFolderThatIsSet) {
  EXPECT_EQ(scratch_folder(), folder_);
  ::setenv("STRATA_SCRATCH", "", 1);
  ::setenv("TMPDIR", "/var/tmp", 1);
  EXPECT_EQ(scratch_folder(), "/var/tmp");
  ::unsetenv("TMPDIR");
  EXPECT_EQ(scratch_folder(), "/tmp");
}

}  // namespace
}  // namespace strata::workloads
