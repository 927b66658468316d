#include "results/unpacked_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "results/gzip.h"
#include "results/testing/folder.h"
#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

using testing::error_of;

using ::testing::HasSubstr;

class UnpackedFileTest : public ::testing::Test {
 protected:
  std::string read(const std::string& content, std::size_t step) {
    testing::write_file(folder_ / "f", content);
    UnpackedFile file(folder_ / "f");
    std::string all;
    std::vector<char> buffer(step);
    for (std::size_t count = 0; (count = file.read(buffer.data(), step)) > 0;) {
      EXPECT_LE(count, step);
      all.append(buffer.data(), count);
    }
    return all;
  }
  testing::Folder folder_;
};

TEST_F(UnpackedFileTest, PlainAndPackedFilesReadTheSame) {
  std::mt19937 random(8);
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += static_cast<char>('a' + random() % 26);
  for (const auto& content : {std::string(), std::string("x"), std::string("\x1f"), text}) {
    for (const std::size_t step : {2UL, 7UL, 1UL << 18U}) {
      EXPECT_EQ(read(content, step), content);
      EXPECT_EQ(read(gzipped(content), step), content);
    }
  }
}

TEST_F(UnpackedFileTest, PackedFilesOneAfterTheOtherReadAsOne) {
  EXPECT_EQ(read(gzipped("one, ") + gzipped("") + gzipped("two"), 2), "one, two");
}

TEST_F(UnpackedFileTest, DamageIsTold) {
  const auto packed = gzipped(std::string(100'000, 'x') + "end");
  for (std::size_t length = 2; length < packed.size(); ++length) {
    ASSERT_THROW(read(packed.substr(0, length), 4096), UsageError) << length;
  }
  EXPECT_THAT(error_of([&] { read(packed.substr(0, packed.size() / 2), 4096); }),
              HasSubstr("its packed data ends too early; it was changed or cut off"));
  auto changed = packed;
  changed[changed.size() - 6] ^= 1;  // of the checksum
  EXPECT_THAT(error_of([&] { read(changed, 4096); }), HasSubstr("incorrect data check"));
  EXPECT_THROW(read(packed + "rest", 4096), UsageError);
}

TEST_F(UnpackedFileTest, WhatIsNoFileIsTheUsersToMend) {
  EXPECT_THAT(error_of([&] { UnpackedFile(folder_ / "none"); }),
              HasSubstr("none: No such file or directory; check the path"));
  char bytes[2];
  EXPECT_THAT(error_of([&] { UnpackedFile(folder_.path()).read(bytes, 2); }),
              HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace strata::results
