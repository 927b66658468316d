#include "drivers/kvm/cpio_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <string>
#include <vector>

#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;

/// One entry as a reader sees it who knows no more than the format's description.
struct ReadEntry {
  std::string name;
  unsigned mode = 0;
  std::string content;
  unsigned inode = 0;
};

unsigned hex_at(std::string_view bytes, std::size_t field) {
  constexpr std::size_t kMagic = 6;
  unsigned value = 0;
  const auto text = bytes.substr(kMagic + 8 * field, 8);
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::vector<ReadEntry> read_archive(std::string_view bytes) {
  constexpr std::size_t kHeader = 110;
  const auto aligned = [](std::size_t size) { return (size + 3) / 4 * 4; };
  std::vector<ReadEntry> entries;
  for (std::size_t at = 0;;) {
    const auto header = bytes.substr(at, kHeader);
    if (header.size() < kHeader || !header.starts_with("070701")) {
      ADD_FAILURE() << "no header at " << at;
      return entries;
    }
    const auto size = hex_at(header, 6);
    const auto name_size = hex_at(header, 11);
    ReadEntry entry;
    entry.inode = hex_at(header, 0);
    entry.mode = hex_at(header, 1);
    entry.name = bytes.substr(at + kHeader, name_size - 1);
    EXPECT_EQ(bytes[at + kHeader + name_size - 1], '\0');
    at = aligned(at + kHeader + name_size);
    entry.content = bytes.substr(at, size);
    at = aligned(at + size);
    if (entry.name == "TRAILER!!!") {
      EXPECT_EQ(at, bytes.size());
      return entries;
    }
    entries.push_back(std::move(entry));
  }
}

class Cpio : public ::testing::Test {
 protected:
  std::vector<ReadEntry> finish() {
    archive_.finish();
    EXPECT_EQ(archive_.size().count, bytes_.size());
    return read_archive(bytes_);
  }
  std::string bytes_;
  CpioArchive archive_{[this](std::span<const std::byte> piece) {
    bytes_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }};
};

TEST_F(Cpio, FilesComeBackWithTheFoldersTheyNeed) {
  archive_.add_file("a/b/file", "hello", true);
  archive_.add_file("a/c", "", false);
  const auto entries = finish();
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("a", "a/b", "a/b/file", "a/c"));
  EXPECT_EQ(entries[0].mode, 0040755U);
  EXPECT_EQ(entries[2].mode, 0100755U);
  EXPECT_EQ(entries[2].content, "hello");
  EXPECT_EQ(entries[3].mode, 0100644U);
  EXPECT_EQ(entries[3].content, "");
}

TEST_F(Cpio, EveryLengthIsPadded) {
  std::string content;
  for (int i = 0; i < 9; ++i) {
    archive_.add_file(std::string(static_cast<std::size_t>(i) + 1, 'n'), content, false);
    content += static_cast<char>('0' + i);
  }
  const auto entries = finish();
  ASSERT_EQ(entries.size(), 9U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].name, std::string(i + 1, 'n'));
    EXPECT_EQ(entries[i].content, content.substr(0, i));
    EXPECT_EQ(entries[i].inode, i + 1);
  }
}

TEST_F(Cpio, LinksAndDevicesAreWhatTheyAre) {
  archive_.add_link("init", "/strata/agent");
  archive_.add_device("dev/console", 5, 1);
  const auto entries = finish();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].mode, 0120777U);
  EXPECT_EQ(entries[0].content, "/strata/agent");
  EXPECT_EQ(entries[2].mode, 0020600U);
}

TEST_F(Cpio, AFileOfTheHostIsCopied) {
  const testing::TemporaryFolder folder;
  const std::string large(700'001, 'x');
  testing::write_file(folder / "large", large);
  archive_.add_file_of_host("large", folder / "large", false);
  const auto entries = finish();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].content, large);
  EXPECT_THROW(archive_.add_file_of_host("missing", folder / "missing", false), Error);
}

TEST_F(Cpio, PathsThatCantBeAreRefused) {
  for (const std::string path : {"", "/a", "a/", "a//b", ".", "..", "a/../b", "./a"}) {
    EXPECT_THROW(archive_.add_file(path, "", false), Error) << path;
  }
  EXPECT_THROW(archive_.add_file(std::string("a\0b", 3), "", false), Error);
  archive_.add_folder("a");
  EXPECT_THROW(archive_.add_folder("a"), Error);
}

}  // namespace
}  // namespace strata::drivers
