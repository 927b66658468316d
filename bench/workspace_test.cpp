#include "bench/workspace.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "results/vocabulary/error.h"

namespace strata::bench {
namespace {

namespace fs = std::filesystem;

/// Points the workspace at a folder of the test's own.
class Workspace : public testing::Test {
 protected:
  Workspace() {
    auto name = (fs::path(testing::TempDir()) / "strata-workspace-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    ::unsetenv("XDG_CACHE_HOME");
  }
  ~Workspace() override { fs::remove_all(base_); }
  fs::path base_;
};

const std::string kId = "0123456789abcdef";

TEST_F(Workspace, ARunsFolderIsThereAsLongAsTheRun) {
  const auto paths = workspace_paths(base_);
  {
    const RunFolder folder(paths, kId);
    EXPECT_TRUE(fs::is_directory(folder.path()));
    EXPECT_FALSE(is_abandoned(paths, kId));
  }
  EXPECT_FALSE(fs::exists(paths.runs / kId));
  EXPECT_TRUE(is_abandoned(paths, kId));
}

TEST_F(Workspace, ALiveRunIsNotDisturbed) {
  const auto paths = workspace_paths(base_);
  const RunFolder folder(paths, kId);
  EXPECT_THROW(RunFolder(paths, kId), UsageError);
  EXPECT_TRUE(fs::exists(folder.path()));
  EXPECT_TRUE(remove_abandoned_folders(paths, [](auto) { return true; }).empty());
}

TEST_F(Workspace, AKilledRunIsFoundAndRemoved) {
  const auto paths = workspace_paths(base_);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder folder(paths, kId);
    std::ofstream(folder.path() / "scratch") << "x";
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(fs::exists(paths.runs / kId / "scratch"));
  EXPECT_TRUE(is_abandoned(paths, kId));
  EXPECT_TRUE(remove_abandoned_folders(paths, [](auto) { return false; }).empty());
  EXPECT_EQ(remove_abandoned_folders(paths, [](auto) { return true; }).size(), 1U);
  EXPECT_FALSE(fs::exists(paths.runs / kId));
}

TEST_F(Workspace, WhatIsNoRunIdIsNeverTakenForARun) {
  const auto paths = workspace_paths(base_);
  for (const char* const name : {"", "..", "0123456789abcdeX", "/etc", "0123456789abcdef0"}) {
    EXPECT_FALSE(is_abandoned(paths, name)) << name;
  }
  fs::create_directory(paths.runs / "something-else");
  EXPECT_TRUE(remove_abandoned_folders(paths, [](auto) { return true; }).empty());
  EXPECT_TRUE(fs::exists(paths.runs / "something-else"));
}

TEST_F(Workspace, AFolderThatOthersCanWriteToIsRefused) {
  const auto paths = workspace_paths(base_);
  fs::permissions(paths.runs, fs::perms::all);
  EXPECT_THROW(workspace_paths(base_), Error);
}

TEST_F(Workspace, RunIdsDiffer) {
  EXPECT_EQ(new_run_id().size(), 16U);
  EXPECT_NE(new_run_id(), new_run_id());
}

}  // namespace
}  // namespace strata::bench
