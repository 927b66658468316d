#include "drivers/scratch_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "drivers/owned_folder.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using testing::write_file;

TEST(ScratchFolders, AreEmptyAndNobodyElses) {
  const testing::TemporaryFolder root;
  ScratchFolders folders(root.path());
  const auto one = folders.take();
  const auto two = folders.take();
  EXPECT_NE(one, two);
  EXPECT_TRUE(fs::is_empty(one));
  EXPECT_EQ(fs::status(one).permissions(), fs::perms::owner_all);
  EXPECT_EQ(one.parent_path(), root.path());
}

TEST(ScratchFolders, OneIsKeptReadyAndRemovedIfNobodyTookIt) {
  const testing::TemporaryFolder root;
  {
    ScratchFolders folders(root.path());
    folders.keep_ready();
    folders.keep_ready();
    EXPECT_EQ(std::distance(fs::directory_iterator(root.path()), {}), 1);
    const auto ready = fs::directory_iterator(root.path())->path();
    EXPECT_EQ(folders.take(), ready);
    folders.keep_ready();
    fs::remove(ready);
  }
  EXPECT_TRUE(fs::is_empty(root.path()));
}

TEST(ScratchFolders, WithoutAPlaceForThemAreAnError) {
  ScratchFolders folders("/no/such/folder");
  EXPECT_THROW(folders.take(), Error);
}

TEST(OwnedFolder, IsRemovedWithAllThatIsInIt) {
  const testing::TemporaryFolder root;
  write_file(root / "outside", "stays");
  {
    const OwnedFolder folder(root / "folder");
    write_file(folder.path() / "a/b/c/file", "goes");
    fs::create_symlink(root / "outside", folder.path() / "a/link");
    fs::create_directory_symlink(root.path(), folder.path() / "a/up");
  }
  EXPECT_FALSE(fs::exists(root / "folder"));
  EXPECT_TRUE(fs::exists(root / "outside"));
}

TEST(OwnedFolder, MayBeGoneAlready) {
  const testing::TemporaryFolder root;
  const OwnedFolder folder(root / "folder");
  EXPECT_NO_THROW(folder.remove());
  EXPECT_NO_THROW(folder.remove());
}

TEST(OwnedFolder, IsRemovedEvenIfAProgramHasLockedItsFolders) {
  const testing::TemporaryFolder root;
  write_file(root / "folder/a/b/file", "goes");
  // Root is let through by the kernel; for everybody else these are what makes it hard.
  fs::permissions(root / "folder/a/b", fs::perms::none);
  fs::permissions(root / "folder/a", fs::perms::owner_read);
  remove_folder(root / "folder");
  EXPECT_FALSE(fs::exists(root / "folder"));
}

TEST(OwnedFolder, WhatCantBeRemovedIsAnError) {
  EXPECT_THROW(remove_folder("/proc/self/task"), Error);
  { const OwnedFolder folder("/proc/self/task"); }  // and from a destructor, none
}

}  // namespace
}  // namespace strata::drivers
