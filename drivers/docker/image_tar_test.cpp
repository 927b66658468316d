#include "drivers/docker/image_tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "drivers/testing/elf_builder.h"
#include "drivers/testing/run_command.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;
using testing::write_file;

class ImageTarTest : public ::testing::Test {
 protected:
  void add(const std::string& path, const std::string& bytes, bool executable) {
    const auto source = folder_ / ("file" + std::to_string(bundle_.files.size()));
    write_file(source, bytes);
    bundle_.files.push_back({path, source, executable, file_sha256(source), {bytes.size()}});
  }
  [[nodiscard]] std::string whole() const {
    ImageTar tar(bundle_);
    std::string text;
    for (auto piece = tar.next(); !piece.empty(); piece = tar.next()) {
      EXPECT_LE(piece.size(), 65536U + 2 * 512);
      text += piece;
    }
    return text;
  }
  testing::TemporaryFolder folder_;
  Bundle bundle_;
};

TEST_F(ImageTarTest, TarReadsIt) {
  const auto big = std::string(200'000, 'b');
  add("lib64/loader.so", "loader", true);
  add("strata/agent", "agent", true);
  add("strata/lib/" + std::string(90, 'l'), big, false);
  write_file(folder_ / "image.tar", whole());
  const auto list = testing::run_command(
      {"tar", "--list", "--verbose", "--numeric-owner", "--file", folder_ / "image.tar"});
  EXPECT_EQ(list.status, 0);
  for (const auto* const line :
       {"drwxr-xr-x 0/0", "drwxrwxrwt 0/0               0 1970-01-01", "strata/scratch/",
        "-r-xr-xr-x 0/0               5 1970-01-01", "strata/agent\n",
        "-r--r--r-- 0/0          200000 1970-01-01", "proc/\n"}) {
    EXPECT_THAT(list.output, HasSubstr(line));
  }
  const auto content =
      testing::run_command({"tar", "--extract", "--to-stdout", "--file", folder_ / "image.tar",
                            "strata/lib/" + std::string(90, 'l')});
  EXPECT_EQ(content.output, big);
}

TEST_F(ImageTarTest, TheSameBundleGivesTheSameBytes) {
  add("strata/agent", "agent", true);
  EXPECT_EQ(whole(), whole());
  EXPECT_EQ(whole().size() % 512, 0U);
}

TEST_F(ImageTarTest, AFileThatIsNotWhatItWasIsAnError) {
  add("strata/agent", "agent", true);
  write_file(bundle_.files[0].source, "other");
  EXPECT_THROW(whole(), Error);
  write_file(bundle_.files[0].source, "less");
  EXPECT_THROW(whole(), Error);
  std::filesystem::remove(bundle_.files[0].source);
  EXPECT_THROW(whole(), Error);
}

TEST_F(ImageTarTest, WhatATarCantNameOrHoldIsWrongUse) {
  add("strata/lib/" + std::string(101, 'l'), "", false);
  EXPECT_THROW(whole(), UsageError);
  bundle_.files.clear();
  add(std::string(156, 'f') + "/a", "", false);
  EXPECT_NO_THROW(ImageTar{Bundle{}});
  EXPECT_THROW(whole(), UsageError);
  bundle_.files.clear();
  add("strata/agent", "agent", true);
  bundle_.files[0].size = {8ULL << 30U};
  EXPECT_THROW(whole(), UsageError);
}

}  // namespace
}  // namespace strata::drivers
