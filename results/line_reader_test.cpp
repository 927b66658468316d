#include "results/line_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "results/testing/folder.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::results {
namespace {

struct Lines {
  std::vector<std::string> lines;
  std::string rest;
  std::uint64_t offset = 0;
  std::size_t number = 0;
};

Lines lines_of(const std::string& content) {
  const testing::Folder folder;
  testing::write_file(folder / "f", content);
  const UniqueFd fd(::open((folder / "f").c_str(), O_RDONLY | O_CLOEXEC));
  LineReader reader(fd.get(), "f");
  Lines result;
  for (std::string_view line; reader.next(line);) {
    result.lines.emplace_back(line);
    EXPECT_EQ(reader.number(), result.lines.size());
  }
  std::string_view line;
  EXPECT_FALSE(reader.next(line));
  result.rest = reader.rest();
  result.offset = reader.offset();
  result.number = reader.number();
  return result;
}

TEST(LineReader, WhatFollowsTheLastLineEndIsNoLine) {
  const auto result = lines_of("one\n\nthree\nha");
  EXPECT_EQ(result.lines, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(result.rest, "ha");
  EXPECT_EQ(result.offset, 11U);
  EXPECT_EQ(lines_of("").lines.size(), 0U);
  EXPECT_EQ(lines_of("\n").lines, std::vector<std::string>{""});
  EXPECT_EQ(lines_of("half").rest, "half");
}

TEST(LineReader, LinesOfAnyLengthComeWhole) {
  std::mt19937_64 random(23);
  for (int round = 0; round < 6; ++round) {
    std::string content;
    std::vector<std::string> expected;
    for (int i = 0; i < 40; ++i) {
      // Around the sizes of the buffer's pieces, and far above.
      const std::size_t most = i % 8 == 0 ? 2'000'000 : 300'000;
      expected.emplace_back(random() % most, static_cast<char>('a' + i % 26));
      content += expected.back() + "\n";
    }
    const auto result = lines_of(content + "rest");
    ASSERT_EQ(result.lines, expected);
    EXPECT_EQ(result.rest, "rest");
    EXPECT_EQ(result.offset, content.size());
  }
}

TEST(LineReader, AFileThatCantBeReadIsAnErrorAndNotItsEnd) {
  const testing::Folder folder;
  const UniqueFd fd(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  LineReader reader(fd.get(), "the folder");
  std::string_view line;
  EXPECT_EQ(testing::error_of([&] { reader.next(line); }), "read the folder: Is a directory");
}

}  // namespace
}  // namespace strata::results
