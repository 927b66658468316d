#include "drivers/faas/function_zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "drivers/file_digest.h"
#include "drivers/testing/run_command.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::faas {
namespace {

namespace fs = std::filesystem;
using drivers::testing::run_command;
using drivers::testing::TemporaryFolder;
using ::testing::HasSubstr;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

Bundle bundle_of_this() { return make_bundle({STRATA_AGENT, STRATA_CONTRACT_PROGRAM, {}}); }

/// What a tool of others makes of the zip, as that of platforms and of the field.
void unpack(const std::string& zip, const fs::path& folder) {
  fs::create_directories(folder);
  std::ofstream(folder / "function.zip", std::ios::binary) << zip;
  // "x" of Info-ZIP; Python's zipfile does not restore modes.
  const auto result = run_command(
      {"unzip", "-q", (folder / "function.zip").string(), "-d", (folder / "out").string()});
  ASSERT_TRUE(WIFEXITED(result.status) && WEXITSTATUS(result.status) == 0)
      << result.status << result.output;
}

TEST(FunctionZip, UnpacksToTheBundleWithTheAgentAsBootstrap) {
  const TemporaryFolder folder;
  const auto bundle = bundle_of_this();
  unpack(make_function_zip(bundle, enough()), folder.path());
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "out")) {
    files += entry.is_regular_file() ? 1U : 0U;
  }
  EXPECT_EQ(files, bundle.files.size());
  for (const auto& file : bundle.files) {
    const auto path = folder / "out" / (file.path == "strata/agent" ? "bootstrap" : file.path);
    ASSERT_TRUE(fs::exists(path)) << path;
    EXPECT_EQ(file_sha256(path), file.sha256) << path;
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ((status.st_mode & 0111U) != 0, file.executable) << path;
  }
}

TEST(FunctionZip, IsTheSameForTheSameBundle) {
  EXPECT_EQ(make_function_zip(bundle_of_this(), enough()),
            make_function_zip(bundle_of_this(), enough()));
}

TEST(FunctionZip, IsMadeOnceForEachBundle) {
  const TemporaryFolder folder;
  const auto bundle = bundle_of_this();
  const auto path = provide_function_zip(bundle, folder.path(), "run", enough());
  const auto written = fs::last_write_time(path);
  EXPECT_EQ(provide_function_zip(bundle, folder.path(), "other", enough()), path);
  EXPECT_EQ(fs::last_write_time(path), written);
  EXPECT_EQ(std::distance(fs::directory_iterator(path.parent_path()), {}), 1);
}

TEST(FunctionZip, AFileThatChangedMeanwhileIsRefused) {
  const TemporaryFolder folder;
  const auto copy = folder / "program";
  fs::copy_file(STRATA_CONTRACT_PROGRAM, copy);
  const auto bundle = make_bundle({STRATA_AGENT, copy, {}});
  std::ofstream(copy, std::ios::app) << "more";
  EXPECT_THROW(make_function_zip(bundle, enough()), UsageError);
}

TEST(FunctionZip, MoreThanAPlatformTakesIsRefused) {
  const TemporaryFolder folder;
  Bundle bundle;
  bundle.files.push_back({"strata/bin/large", folder / "none", true, "", mebibytes(251)});
  try {
    make_function_zip(bundle, enough());
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("251 MiB"));
  }
}

TEST(FunctionZip, ADeadlineIsKept) {
  const ManualClock clock;
  EXPECT_THROW(make_function_zip(bundle_of_this(), {clock, clock.now()}), DeadlineExceeded);
}

TEST(FunctionZip, TheLoaderIsFound) {
  EXPECT_THAT(loader_in(bundle_of_this()), HasSubstr("/ld-linux-"));
  EXPECT_EQ(loader_in(make_agent_bundle(STRATA_AGENT)), "");
}

}  // namespace
}  // namespace strata::drivers::faas
