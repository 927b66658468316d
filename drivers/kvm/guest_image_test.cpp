#include "drivers/kvm/guest_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "drivers/kvm/made_file.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::write_file;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class GuestImage : public ::testing::Test {
 protected:
  GuestImage() : bundle_(make_agent_bundle(STRATA_AGENT)) {
    write_file(folder_ / "modules/a.ko", "module a");
    write_file(folder_ / "modules/b.ko", "module b");
  }
  fs::path provide(bool is_compressed = false, Duration limit = std::chrono::seconds(60)) {
    return provide_image(
        {bundle_, {folder_ / "modules/b.ko", folder_ / "modules/a.ko"}, is_compressed},
        folder_ / "cache", "run1", Deadline::after(monotonic_clock(), limit));
  }
  testing::TemporaryFolder folder_;
  Bundle bundle_;
};

TEST_F(GuestImage, HasTheModulesListedInTheirOrder) {
  const auto content = content_of(provide());
  EXPECT_THAT(content, HasSubstr("/strata/guest/b.ko\n/strata/guest/a.ko\n"));
  EXPECT_THAT(content, HasSubstr("module a"));
  EXPECT_THAT(content, HasSubstr("strata/agent"));
}

TEST_F(GuestImage, IsMadeOnceForTheSameParts) {
  const auto first = provide();
  const auto time = fs::last_write_time(first);
  EXPECT_EQ(provide(), first);
  EXPECT_EQ(fs::last_write_time(first), time);
  write_file(folder_ / "modules/a.ko", "another module a");
  EXPECT_NE(provide(), first);
}

TEST_F(GuestImage, MayBeCompressed) {
  const auto plain = content_of(provide());
  const auto packed = content_of(provide(true));
  EXPECT_LT(packed.size(), plain.size());
  std::string unpacked(plain.size() + 1, '\0');
  unpacked.resize(ZSTD_decompress(unpacked.data(), unpacked.size(), packed.data(), packed.size()));
  EXPECT_EQ(unpacked, plain);
}

TEST_F(GuestImage, AProgramThatHasChangedIsNotPackedUnderItsOldDigest) {
  const auto copy = folder_ / "agent";
  fs::copy_file(STRATA_AGENT, copy);
  bundle_ = make_agent_bundle(copy);
  std::ofstream(copy, std::ios::app) << "more";
  EXPECT_THROW(provide(), Error);
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/kvm/images"));
}

TEST_F(GuestImage, ADeadlineIsKept) {
  EXPECT_THROW(provide(false, Duration::zero()), DeadlineExceeded);
}

TEST(MadeFile, AppearsWholeOrNotAtAll) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "made/file";
  EXPECT_THROW(provide_made(path, "run1",
                            [&](const fs::path& temporary) {
                              write_file(temporary, "half");
                              throw Error("make", "no");
                            }),
               Error);
  EXPECT_TRUE(fs::is_empty(folder / "made"));
  int count = 0;
  const auto make = [&](const fs::path& temporary) {
    ++count;
    EXPECT_FALSE(fs::exists(path));
    write_file(temporary, "whole");
  };
  provide_made(path, "run1", make);
  provide_made(path, "run1", make);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(content_of(path), "whole");
}

TEST(MadeFile, CleaningRemovesWhatDeadRunsWereMaking) {
  const testing::TemporaryFolder folder;
  write_file(folder / "made/finished.cpio", "");
  write_file(folder / "made/a.cpio.new-dead-1", "");
  write_file(folder / "made/b.cpio.new-alive-1", "");
  const auto is_dead = [](std::string_view run) { return run == "dead"; };
  EXPECT_THAT(clean_made(folder / "made", is_dead, false), SizeIs(1));
  EXPECT_FALSE(fs::exists(folder / "made/a.cpio.new-dead-1"));
  EXPECT_THAT(clean_made(folder / "made", is_dead, true), SizeIs(1));
  EXPECT_TRUE(fs::exists(folder / "made/b.cpio.new-alive-1"));
  EXPECT_THAT(clean_made(folder / "nothing", is_dead, true), IsEmpty());
}

}  // namespace
}  // namespace strata::drivers
