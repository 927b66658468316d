#include "drivers/bundle.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "drivers/elf_file.h"
#include "drivers/file_digest.h"
#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::library_recipe;
using testing::program_recipe;
using testing::write_elf;
using testing::write_file;

std::vector<std::string> paths_of(const Bundle& bundle) {
  std::vector<std::string> paths;
  for (const auto& file : bundle.files) paths.push_back(file.path);
  return paths;
}

class BundleTest : public ::testing::Test {
 protected:
  BundleTest() { write_file(agent_, "agent", true); }

  Bundle make(const fs::path& program, const std::vector<fs::path>& with = {}) {
    return make_bundle({agent_, program, with});
  }
  std::string refusal(const fs::path& program, const std::vector<fs::path>& with = {}) {
    try {
      make(program, with);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }
  /// A dynamic program that needs one library, both in the folder `app`.
  fs::path dynamic_program(const std::string& name = "program") {
    auto library = library_recipe();
    library.soname = "libodd.so.1";
    write_elf(root_ / "app/lib/libodd.so.1", library);
    auto program = program_recipe();
    program.interpreter = (root_ / "app/ld.so").string();
    program.needed = {"libodd.so.1"};
    program.runpath = "$ORIGIN/lib";
    write_elf(root_ / "app/ld.so", library_recipe());
    write_elf(root_ / "app" / name, program);
    return root_ / "app" / name;
  }

  testing::TemporaryFolder root_;
  fs::path agent_ = root_ / "strata-agent";
};

TEST_F(BundleTest, AStaticProgramTravelsWithTheAgentAlone) {
  write_elf(root_ / "program", program_recipe());
  const auto bundle = make(root_ / "program");
  EXPECT_THAT(paths_of(bundle), ElementsAre("strata/agent", "strata/bin/program"));
  EXPECT_THAT(bundle.command, ElementsAre("bundle:/strata/bin/program"));
  EXPECT_EQ(bundle.program_digest, file_sha256(root_ / "program"));
  for (const auto& file : bundle.files) {
    EXPECT_TRUE(file.executable);
    EXPECT_EQ(file.sha256, file_sha256(file.source));
    EXPECT_EQ(file.size.count, fs::file_size(file.source));
  }
}

TEST_F(BundleTest, ADynamicProgramTravelsWithItsLoaderAndLibraries) {
  const auto bundle = make(dynamic_program());
  const auto loader = (root_ / "app/ld.so").relative_path().string();
  EXPECT_THAT(paths_of(bundle),
              ::testing::UnorderedElementsAre("strata/agent", "strata/bin/program",
                                              "strata/lib/libodd.so.1", loader));
  EXPECT_TRUE(std::ranges::is_sorted(paths_of(bundle)));
}

TEST_F(BundleTest, TheDigestIsThatOfPathsModesAndBytes) {
  write_elf(root_ / "program", program_recipe());
  const auto first = make(root_ / "program");
  EXPECT_EQ(make(root_ / "program").digest, first.digest);
  // The same bytes from another place, under the same name.
  fs::create_directory(root_ / "other");
  fs::copy_file(root_ / "program", root_ / "other/program");
  EXPECT_EQ(make(root_ / "other/program").digest, first.digest);
  fs::rename(root_ / "other/program", root_ / "other/renamed");
  EXPECT_NE(make(root_ / "other/renamed").digest, first.digest);
  auto recipe = program_recipe();
  recipe.entry += 4;
  write_elf(root_ / "program", recipe);
  const auto changed = make(root_ / "program");
  EXPECT_NE(changed.digest, first.digest);
  EXPECT_NE(changed.program_digest, first.program_digest);
}

TEST_F(BundleTest, AScriptTravelsWithItsInterpreter) {
  const auto interpreter = dynamic_program("interpret");
  write_file(root_ / "script", "#!" + interpreter.string() + " -x -y\nhello\n", true);
  const auto bundle = make(root_ / "script");
  EXPECT_THAT(bundle.command, ElementsAre("bundle:/strata/interpreter/interpret", "-x -y",
                                          "bundle:/strata/bin/script"));
  EXPECT_THAT(paths_of(bundle),
              AllOf(Contains("strata/interpreter/interpret"), Contains("strata/bin/script"),
                    Contains("strata/lib/libodd.so.1")));
  EXPECT_EQ(bundle.program_digest, file_sha256(root_ / "script"));
}

TEST_F(BundleTest, AScriptMayBeCalledLikeItsInterpreter) {
  const auto interpreter = dynamic_program("same");
  write_file(root_ / "same", "#!" + interpreter.string() + "\n", true);
  EXPECT_THAT(make(root_ / "same").command,
              ElementsAre("bundle:/strata/interpreter/same", "bundle:/strata/bin/same"));
}

TEST_F(BundleTest, EnvsProgramIsLookedUpAlongThePath) {
  dynamic_program("interpret-by-name");
  write_file(root_ / "script", "#!/usr/bin/env interpret-by-name\n", true);
  EXPECT_THAT(refusal(root_ / "script"), HasSubstr("find program interpret-by-name"));
  const std::string before = std::getenv("PATH");
  ASSERT_EQ(::setenv("PATH", (before + ":" + (root_ / "app").string()).c_str(), 1), 0);
  EXPECT_THAT(make(root_ / "script").command.front(),
              "bundle:/strata/interpreter/interpret-by-name");
  ASSERT_EQ(::setenv("PATH", before.c_str(), 1), 0);
}

TEST_F(BundleTest, FurtherFilesTravelWithWhatTheyNeed) {
  const auto program = dynamic_program();
  auto plugin = library_recipe();
  plugin.needed = {"libdeep.so"};
  plugin.runpath = "$ORIGIN";
  write_elf(root_ / "plugins/plugin.so", plugin);
  write_elf(root_ / "plugins/libdeep.so", library_recipe());
  write_file(root_ / "plugins/table.txt", "1 2 3");
  EXPECT_THAT(paths_of(make(program, {root_ / "plugins/plugin.so", root_ / "plugins/table.txt"})),
              AllOf(Contains("strata/lib/plugin.so"), Contains("strata/lib/libdeep.so"),
                    Contains("strata/lib/table.txt")));
}

TEST_F(BundleTest, AFurtherFileSuppliesALibraryThatIsFoundNowhere) {
  auto recipe = program_recipe();
  recipe.needed = {"libgone.so.2"};
  write_elf(root_ / "program", recipe);
  EXPECT_THAT(refusal(root_ / "program"), HasSubstr("--with FOLDER/libgone.so.2"));
  auto library = library_recipe();
  library.soname = "libgone.so.2";
  write_elf(root_ / "build/libgone.so.2.7", library);
  const auto bundle = make(root_ / "program", {root_ / "build/libgone.so.2.7"});
  EXPECT_THAT(paths_of(bundle),
              AllOf(Contains("strata/lib/libgone.so.2"), Contains("strata/lib/libgone.so.2.7")));
}

TEST_F(BundleTest, ALibraryByItsAbsolutePathLiesThere) {
  write_elf(root_ / "odd/libx.so", library_recipe());
  auto recipe = program_recipe();
  recipe.needed = {(root_ / "odd/../odd/libx.so").string()};
  write_elf(root_ / "program", recipe);
  EXPECT_THAT(paths_of(make(root_ / "program")),
              Contains((root_ / "odd/libx.so").relative_path().string()));
}

TEST_F(BundleTest, TwoFilesInOnePlaceAreRefused) {
  const auto program = dynamic_program();
  write_elf(root_ / "one/plugin.so", library_recipe());
  write_elf(root_ / "two/plugin.so", library_recipe());
  EXPECT_THAT(refusal(program, {root_ / "one/plugin.so", root_ / "two/plugin.so"}),
              AllOf(HasSubstr("two/plugin.so"), HasSubstr("is in its place already")));
  EXPECT_NO_THROW(make(program, {root_ / "one/plugin.so", root_ / "one/plugin.so"}));
  auto sly = program_recipe();
  sly.interpreter = "/strata/agent";
  write_elf(root_ / "sly", sly);
  EXPECT_THAT(refusal(root_ / "sly"), HasSubstr("loader /strata/agent is not there"));
}

TEST_F(BundleTest, ProgramsThatCantBeAreRefusedWithTheReason) {
  EXPECT_THAT(refusal(root_ / "missing"),
              HasSubstr("use program " + (root_ / "missing").string() + ": there is no such file"));
  fs::create_directory(root_ / "folder");
  EXPECT_THAT(refusal(root_ / "folder"), HasSubstr("it is a directory; name the program in it"));
  write_file(root_ / "plain", "#!/bin/sh\n");
  EXPECT_THAT(refusal(root_ / "plain"), HasSubstr("it is not executable; chmod +x"));
  write_file(root_ / "empty", "", true);
  EXPECT_THAT(refusal(root_ / "empty"), HasSubstr("it is empty"));
  write_file(root_ / "text", "hello\n", true);
  EXPECT_THAT(refusal(root_ / "text"), HasSubstr("neither an ELF executable nor a script"));
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0700), 0);
  EXPECT_THAT(refusal(root_ / "pipe"), HasSubstr("not a regular file"));
  write_elf(root_ / "library.so", library_recipe());
  EXPECT_THAT(refusal(root_ / "library.so"), HasSubstr("can't be executed"));
  write_file(root_ / "cut", testing::build_elf(program_recipe()).substr(0, 100), true);
  EXPECT_THAT(refusal(root_ / "cut"), HasSubstr("the file is damaged or was cut off"));
  fs::create_symlink("loop", root_ / "loop");
  EXPECT_THAT(refusal(root_ / "loop"), HasSubstr("symbolic links"));
}

TEST_F(BundleTest, ProgramsForOtherMachinesAreRefused) {
  auto foreign = program_recipe();
  foreign.machine = own_machine() == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
  write_elf(root_ / "foreign", foreign);
  EXPECT_THAT(refusal(root_ / "foreign"),
              HasSubstr("it is for " + machine_name(foreign.machine) + ", this host is " +
                        machine_name(own_machine())));
  auto small = testing::build_elf(program_recipe());
  small[EI_CLASS] = ELFCLASS32;
  write_file(root_ / "small", small, true);
  EXPECT_THAT(refusal(root_ / "small"), HasSubstr("32-bit"));
  write_elf(root_ / "program", program_recipe());
  write_elf(root_ / "foreign.so", foreign);
  EXPECT_THAT(refusal(root_ / "program", {root_ / "foreign.so"}), HasSubstr("add "));
}

TEST_F(BundleTest, LoadersThatCantBeAreRefused) {
  auto recipe = program_recipe();
  for (const auto& [loader, said] :
       std::vector<std::pair<std::string, std::string>>{{"/lib/../ld.so", "no plain absolute path"},
                                                        {"ld.so", "no plain absolute path"},
                                                        {"/no/such/ld.so", "is not there"}}) {
    recipe.interpreter = loader;
    write_elf(root_ / "program", recipe);
    EXPECT_THAT(refusal(root_ / "program"), HasSubstr(said)) << loader;
  }
}

TEST_F(BundleTest, AScriptOfAScriptIsRefused) {
  write_file(root_ / "inner", "#!/bin/sh\n", true);
  write_file(root_ / "outer", "#!" + (root_ / "inner").string() + "\n", true);
  EXPECT_THAT(refusal(root_ / "outer"), HasSubstr("is a script itself"));
  write_file(root_ / "lost", "#!/no/such/interpreter\n", true);
  EXPECT_THAT(refusal(root_ / "lost"), HasSubstr("use program /no/such/interpreter"));
}

TEST_F(BundleTest, WithoutItsAgentThereIsNone) {
  write_elf(root_ / "program", program_recipe());
  fs::remove(agent_);
  EXPECT_THAT(refusal(root_ / "program"), HasSubstr("find strata-agent"));
  EXPECT_THROW(make_agent_bundle(agent_), UsageError);
}

TEST_F(BundleTest, TheAgentAloneIsABundleToo) {
  const auto bundle = make_agent_bundle(agent_);
  EXPECT_THAT(paths_of(bundle), ElementsAre("strata/agent"));
  EXPECT_THAT(bundle.command, IsEmpty());
  EXPECT_EQ(bundle.digest.size(), 64U);
}

TEST(FindProgram, LooksAlongThePathUnlessThereIsASlash) {
  EXPECT_EQ(find_program("./here"), "./here");
  EXPECT_THAT(find_program("sh").string(), ::testing::EndsWith("/sh"));
  try {
    find_program("no-such-program-anywhere");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("./no-such-program-anywhere"));
  }
}

TEST(FileDigest, IsThatOfTheStandard) {
  // FIPS 180-2, appendix B: "abc", and a million times "a".
  const testing::TemporaryFolder folder;
  write_file(folder / "abc", "abc");
  EXPECT_EQ(file_sha256(folder / "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  write_file(folder / "many", std::string(1'000'000, 'a'));
  EXPECT_EQ(file_sha256(folder / "many"),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_THROW(file_sha256(folder / "missing"), UsageError);
  EXPECT_THROW(file_sha256(folder.path()), UsageError);
}

TEST(FileDigest, WhatIsRememberedIsForgottenWithTheFile) {
  const testing::TemporaryFolder folder;
  const auto file = folder / "file";
  write_file(file, "abc");
  const auto first = remembered_file_sha256(file);
  EXPECT_EQ(first, file_sha256(file));
  // As long as before, and within the same moment.
  write_file(file, "abd");
  EXPECT_EQ(remembered_file_sha256(file), file_sha256(file));
  EXPECT_NE(remembered_file_sha256(file), first);
  // What has been as it is for long is remembered; this program, say.
  EXPECT_EQ(remembered_file_sha256("/proc/self/exe"), remembered_file_sha256("/proc/self/exe"));
  EXPECT_THROW(remembered_file_sha256(folder / "missing"), UsageError);
}

}  // namespace
}  // namespace strata::drivers
