#include "drivers/faas/emulator/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/testing/zip_builder.h"
#include "drivers/testing/temporary_folder.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace fs = std::filesystem;
using testing::build_zip;
using ::testing::HasSubstr;
using testing::ZipEntry;

class ZipArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(inside_); }
  /// What it is refused with; "" if it is not.
  std::string refusal(const std::string& bytes, const ZipLimits& limits = {}) {
    std::string said;
    try {
      unpack_zip(bytes, inside_, limits);
    } catch (const ApiError& error) {
      EXPECT_EQ(error.name(), "InvalidParameterValueException");
      said = error.message();
    }
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      EXPECT_EQ(entry.path(), inside_);
    }
    return said;
  }

  drivers::testing::TemporaryFolder folder_;
  fs::path inside_ = folder_ / "inside";
};

TEST_F(ZipArchiveTest, UnpacksFilesFoldersAndRights) {
  const std::string content(100'000, 'a');
  EXPECT_EQ(refusal(build_zip({{"bootstrap", "#!x", S_IFREG | 0750},
                               {"lib/", "", S_IFDIR | 0755},
                               {"lib/deep/data", content},
                               {"empty", ""}})),
            "");
  EXPECT_EQ(fs::status(inside_ / "bootstrap").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(inside_ / "lib/deep/data").permissions(), fs::perms(0644));
  std::ifstream file(inside_ / "lib/deep/data");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
  EXPECT_EQ(fs::file_size(inside_ / "empty"), 0U);
}

TEST_F(ZipArchiveTest, RefusesNamesThatLeadElsewhere) {
  for (const std::string name :
       {"/etc/x", "../x", "a/../../x", "a//x", "./x", "a\\..\\x", "a\nb", "..", "a/.."}) {
    EXPECT_THAT(refusal(build_zip({{name, "x"}})), HasSubstr("no plain relative path")) << name;
  }
}

TEST_F(ZipArchiveTest, RefusesLinksAndDevices) {
  EXPECT_THAT(refusal(build_zip({{"a", "/etc", S_IFLNK | 0777}})), HasSubstr("is a link"));
  EXPECT_THAT(refusal(build_zip({{"b", "", S_IFCHR | 0666}})), HasSubstr("is no file"));
  EXPECT_THAT(refusal(build_zip({{"c", "", S_IFIFO | 0666}})), HasSubstr("is no file"));
}

TEST_F(ZipArchiveTest, RefusesWhatIsTooMuch) {
  const ZipLimits limits{1000, 3};
  EXPECT_THAT(refusal(build_zip({{"bomb", std::string(1001, '0')}}), limits),
              HasSubstr("must be smaller than 1000"));
  EXPECT_THAT(
      refusal(build_zip({{"a", std::string(600, '0')}, {"b", std::string(600, '0')}}), limits),
      HasSubstr("must be smaller than 1000"));
  EXPECT_THAT(refusal(build_zip({{"1", ""}, {"2", ""}, {"3", ""}, {"4", ""}}), limits),
              HasSubstr("more than 3 entries"));
}

TEST_F(ZipArchiveTest, RefusesWhatIsNoZipOrDamaged) {
  EXPECT_THAT(refusal(""), HasSubstr("Could not unzip"));
  EXPECT_THAT(refusal("PK\x05\x06"), HasSubstr("Could not unzip"));
  auto bytes = build_zip({{"a", std::string(5000, 'x')}});
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() / 2)), HasSubstr("Could not unzip"));
  bytes[40] = static_cast<char>(bytes[40] ^ 0x55);
  EXPECT_THAT(refusal(bytes), HasSubstr("is damaged"));
}

TEST_F(ZipArchiveTest, AFileIsNoFolderToo) {
  EXPECT_THAT(refusal(build_zip({{"a", "x"}, {"a/b", "y"}})), HasSubstr("can't be made"));
}

}  // namespace
}  // namespace strata::drivers::faas::emulator
