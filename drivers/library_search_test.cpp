// Where libraries are found, on ELF files that say just what a test needs them to say.

#include "drivers/library_search.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "drivers/elf_file.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::ElfRecipe;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::library_recipe;
using ::testing::Pair;
using testing::program_recipe;
using ::testing::UnorderedElementsAre;

class LibrarySearchTest : public ::testing::Test {
 protected:
  LibrarySearchTest() { places_.default_folders = {root_ / "default"}; }

  void library(const std::string& path, const std::vector<std::string>& needed = {},
               const std::optional<std::string>& rpath = {},
               const std::optional<std::string>& runpath = {}) {
    auto recipe = library_recipe();
    recipe.soname = fs::path(path).filename();
    recipe.needed = needed;
    recipe.rpath = absolute(rpath);
    recipe.runpath = absolute(runpath);
    testing::write_elf(root_ / path, recipe);
  }
  void program(const std::string& path, const std::vector<std::string>& needed,
               const std::optional<std::string>& rpath = {},
               const std::optional<std::string>& runpath = {}) {
    auto recipe = program_recipe();
    recipe.needed = needed;
    recipe.rpath = absolute(rpath);
    recipe.runpath = absolute(runpath);
    testing::write_elf(root_ / path, recipe);
  }
  /// "name -> place below the test's folder" of what the program needs.
  std::map<std::string, std::string> found(const std::string& path,
                                           const std::vector<fs::path>& with = {}) {
    std::map<std::string, std::string> places;
    for (const auto& [name, place] : find_libraries(root_ / path, with, places_)) {
      places[name] = place.lexically_relative(root_.path());
    }
    return places;
  }
  std::string refusal(const std::string& path) {
    try {
      find_libraries(root_ / path, {}, places_);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }

  testing::TemporaryFolder root_;
  SearchPlaces places_;

 private:
  /// "@" stands for the test's folder.
  std::optional<std::string> absolute(std::optional<std::string> folders) {
    if (!folders) return folders;
    for (auto at = folders->find('@'); at != std::string::npos; at = folders->find('@')) {
      folders->replace(at, 1, root_.path().string() + "/");
    }
    return folders;
  }
};

TEST_F(LibrarySearchTest, TheOrderOfPlacesIsGlibcs) {
  const std::map<std::string, fs::path> cache{{"liba.so", root_ / "cached/liba.so"}};
  places_.given = {{"liba.so", root_ / "given/liba.so"}};
  places_.ld_library_path = {root_ / "environment"};
  places_.cache = cache;
  // The one that is there last is found first, and so on.
  library("default/liba.so");
  program("old", {"liba.so"}, "@rpath");
  program("new", {"liba.so"}, "@rpath", "@runpath");
  const auto both = [&](const std::string& in_old, const std::string& in_new) {
    EXPECT_THAT(found("old"), ElementsAre(Pair("liba.so", in_old)));
    EXPECT_THAT(found("new"), ElementsAre(Pair("liba.so", in_new)));
  };
  both("default/liba.so", "default/liba.so");
  library("cached/liba.so");
  both("cached/liba.so", "cached/liba.so");
  library("runpath/liba.so");
  both("cached/liba.so", "runpath/liba.so");
  library("environment/liba.so");
  both("environment/liba.so", "environment/liba.so");
  library("given/liba.so");
  both("given/liba.so", "given/liba.so");
  library("rpath/liba.so");
  both("rpath/liba.so", "given/liba.so");
}

TEST_F(LibrarySearchTest, RpathIsInheritedAndRunpathIsNot) {
  library("lib/liba.so", {"libb.so"});
  library("lib/libb.so");
  program("old", {"liba.so"}, "@lib");
  program("new", {"liba.so"}, {}, "@lib");
  EXPECT_THAT(found("old"),
              UnorderedElementsAre(Pair("liba.so", "lib/liba.so"), Pair("libb.so", "lib/libb.so")));
  EXPECT_THAT(refusal("new"),
              AllOf(HasSubstr("find libb.so, which"), HasSubstr("lib/liba.so needs")));
}

TEST_F(LibrarySearchTest, AFileWithARunpathInheritsNoRpath) {
  library("lib/liba.so", {"libb.so"}, {}, "");
  library("lib/libb.so");
  program("old", {"liba.so"}, "@lib");
  EXPECT_THAT(refusal("old"), HasSubstr("find libb.so"));
}

TEST_F(LibrarySearchTest, RpathOfAMiddleOneThatHasARunpathIsPassedOver) {
  library("a/liba.so", {"libb.so"}, "@b", "@b");
  library("b/libb.so", {"libc.so"});
  library("b/libc.so");
  program("program", {"liba.so"}, "@a");
  EXPECT_THAT(refusal("program"), HasSubstr("find libc.so"));
}

TEST_F(LibrarySearchTest, OriginOfAProgramIsBehindItsLinks) {
  library("app/lib/liba.so");
  program("app/bin/program", {"liba.so"}, {}, "$ORIGIN/../lib");
  fs::create_directories(root_ / "usr/bin");
  fs::create_symlink(root_ / "app/bin/program", root_ / "usr/bin/program");
  EXPECT_THAT(found("usr/bin/program"), ElementsAre(Pair("liba.so", "app/bin/../lib/liba.so")));
}

TEST_F(LibrarySearchTest, OriginOfALibraryIsWhereItWasFound) {
  library("store/liba.so", {"libb.so"}, {}, "${ORIGIN}/beside");
  library("store/beside/libb.so");
  library("lib/beside/libb.so");
  fs::create_symlink(root_ / "store/liba.so", root_ / "lib/liba.so");
  program("program", {"liba.so"}, {}, "@lib");
  EXPECT_THAT(found("program"), UnorderedElementsAre(Pair("liba.so", "lib/liba.so"),
                                                     Pair("libb.so", "lib/beside/libb.so")));
}

TEST_F(LibrarySearchTest, TwoDotsLeadBackBehindALink) {
  library("store/v2/lib/liba.so");
  library("lib/liba.so");
  fs::create_directories(root_ / "store/v2/bin");
  fs::create_directory_symlink(root_ / "store/v2/bin", root_ / "bin");
  program("program", {"liba.so"}, {}, "@bin/../lib");
  const auto place = find_libraries(root_ / "program", {}, places_).at("liba.so");
  EXPECT_EQ(fs::canonical(place), fs::canonical(root_ / "store/v2/lib/liba.so"));
}

TEST_F(LibrarySearchTest, TokensAreExpanded) {
  const bool is_arm = own_machine() == EM_AARCH64;
  const std::string arch = is_arm ? "aarch64" : "x86_64";
  library("lib/" + arch + "-linux-gnu/liba.so");
  library("for-" + arch + "/libb.so");
  program("program", {"liba.so", "libb.so"}, {}, "@$LIB:@for-${PLATFORM}");
  EXPECT_THAT(found("program"),
              UnorderedElementsAre(Pair("liba.so", "lib/" + arch + "-linux-gnu/liba.so"),
                                   Pair("libb.so", "for-" + arch + "/libb.so")));
}

TEST_F(LibrarySearchTest, FilesThatAreNoLibraryOfThisMachineArePassedOver) {
  testing::write_file(root_ / "one/liba.so", "no library");
  auto foreign = library_recipe();
  foreign.machine = own_machine() == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
  testing::write_elf(root_ / "two/liba.so", foreign);
  fs::create_directories(root_ / "three/liba.so");
  library("four/liba.so");
  program("program", {"liba.so"}, {}, "@one:@two:@three:@four");
  EXPECT_THAT(found("program"), ElementsAre(Pair("liba.so", "four/liba.so")));
}

TEST_F(LibrarySearchTest, ANameOnceFoundStaysSo) {
  library("one/liba.so");
  library("two/liba.so");
  library("one/libb.so", {"liba.so"}, {}, "@two");
  program("program", {"libb.so", "liba.so"}, {}, "@one");
  EXPECT_THAT(found("program"),
              UnorderedElementsAre(Pair("liba.so", "one/liba.so"), Pair("libb.so", "one/libb.so")));
}

TEST_F(LibrarySearchTest, BreadthComesBeforeDepth) {
  library("one/liba.so", {"libb.so"}, {}, "@two");
  library("one/libb.so");
  library("two/libb.so");
  program("program", {"liba.so", "libb.so"}, {}, "@one");
  EXPECT_EQ(found("program").at("libb.so"), "one/libb.so");
}

TEST_F(LibrarySearchTest, ASonameAnswersToItsName) {
  auto recipe = library_recipe();
  recipe.soname = "liba.so.1";
  testing::write_elf(root_ / "lib/liba.so", recipe);
  library("lib/libb.so", {"liba.so.1"});
  program("program", {"liba.so", "libb.so"}, {}, "@lib");
  EXPECT_THAT(found("program"),
              UnorderedElementsAre(Pair("liba.so", "lib/liba.so"), Pair("libb.so", "lib/libb.so")));
}

TEST_F(LibrarySearchTest, RingsEnd) {
  library("default/liba.so", {"libb.so"});
  library("default/libb.so", {"liba.so"});
  program("program", {"liba.so"});
  EXPECT_THAT(found("program"), ::testing::SizeIs(2));
}

TEST_F(LibrarySearchTest, FilesThatAreLoadedLaterComeAfterTheProgramsOwn) {
  library("plugins/plugin.so", {"liba.so", "libp.so"}, {}, "$ORIGIN");
  library("plugins/liba.so");
  library("plugins/libp.so");
  library("default/liba.so");
  library("default/libb.so", {"liba.so"});
  program("program", {"libb.so"});
  EXPECT_THAT(
      found("program", {root_ / "plugins/plugin.so"}),
      UnorderedElementsAre(Pair("liba.so", "default/liba.so"), Pair("libb.so", "default/libb.so"),
                           Pair("libp.so", "plugins/libp.so")));
}

TEST_F(LibrarySearchTest, AnAbsolutePathIsTakenAsItIsAndARelativeOneRefused) {
  library("odd/liba.so");
  program("program", {(root_ / "odd/liba.so").string()});
  EXPECT_THAT(found("program"), ElementsAre(Pair((root_ / "odd/liba.so").string(), "odd/liba.so")));
  program("other", {"odd/liba.so"});
  EXPECT_THAT(refusal("other"), HasSubstr("by a path that is not absolute"));
}

TEST_F(LibrarySearchTest, DefaultFoldersCanBeSwitchedOff) {
  library("default/liba.so");
  library("elsewhere/libb.so");
  places_.cache = {{"liba.so", root_ / "default/liba.so"},
                   {"libb.so", root_ / "elsewhere/libb.so"}};
  auto recipe = program_recipe();
  recipe.flags_1 = DF_1_NODEFLIB;
  recipe.needed = {"libb.so"};
  testing::write_elf(root_ / "program", recipe);
  EXPECT_THAT(found("program"), ElementsAre(Pair("libb.so", "elsewhere/libb.so")));
  recipe.needed = {"liba.so"};
  testing::write_elf(root_ / "program", recipe);
  EXPECT_THAT(refusal("program"), HasSubstr("find liba.so"));
}

TEST_F(LibrarySearchTest, TheLoaderIsNotLookedFor) {
  program("program", {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"});
  EXPECT_THAT(found("program"), IsEmpty());
}

TEST_F(LibrarySearchTest, MuslHasItsOwnRules) {
  places_.rules = SearchPlaces::Rules::kMusl;
  places_.ld_library_path = {root_ / "environment"};
  // A RUNPATH is inherited too, and LD_LIBRARY_PATH comes before both; libc is the loader.
  library("lib/liba.so", {"libb.so", "libc.so", "libpthread.so.0", "libc.musl-x86_64.so.1"});
  library("lib/libb.so");
  program("program", {"liba.so"}, {}, "@lib");
  EXPECT_THAT(found("program"),
              UnorderedElementsAre(Pair("liba.so", "lib/liba.so"), Pair("libb.so", "lib/libb.so")));
  library("environment/libb.so");
  EXPECT_EQ(found("program").at("libb.so"), "environment/libb.so");
}

TEST_F(LibrarySearchTest, AMissingLibraryNamesWhoNeedsItWhereItWasSoughtAndWhatHelps) {
  program("program", {"liba.so.3"}, {}, "@one:@two");
  EXPECT_THAT(refusal("program"),
              AllOf(HasSubstr("find liba.so.3, which " + (root_ / "program").string() + " needs"),
                    HasSubstr((root_ / "one/liba.so.3").string() + ", " +
                              (root_ / "two/liba.so.3").string() + ", " +
                              (root_ / "default/liba.so.3").string()),
                    HasSubstr("--with FOLDER/liba.so.3"), HasSubstr("LD_LIBRARY_PATH")));
}

TEST(HostSearchPlaces, FollowTheLoader) {
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", "/one::/two;/three", 1), 0);
  const auto glibc = host_search_places(own_machine(), "/lib64/ld-linux-x86-64.so.2");
  const auto musl = host_search_places(own_machine(), "/lib/ld-musl-x86_64.so.1");
  ASSERT_EQ(::unsetenv("LD_LIBRARY_PATH"), 0);
  EXPECT_THAT(glibc.ld_library_path, ElementsAre("/one", "/two", "/three"));
  EXPECT_EQ(glibc.rules, SearchPlaces::Rules::kGlibc);
  EXPECT_THAT(glibc.default_folders, ::testing::Contains("/usr/lib"));
  EXPECT_EQ(musl.rules, SearchPlaces::Rules::kMusl);
  EXPECT_THAT(musl.cache, IsEmpty());
  EXPECT_FALSE(musl.default_folders.empty());
  EXPECT_THAT(host_search_places(own_machine(), "").ld_library_path, IsEmpty());
}

}  // namespace
}  // namespace strata::drivers
