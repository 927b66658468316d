// Our search for libraries against the loader's own, on programs with libraries in unusual places
// and on programs of this machine; our reading of ld.so.cache against ldconfig's.

#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "drivers/elf_file.h"
#include "drivers/file_bytes.h"
#include "drivers/ld_cache.h"
#include "drivers/library_search.h"
#include "drivers/testing/run_command.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using testing::run_command;

/// Lines "NAME… => PATH…" of a listing.
std::map<std::string, std::string> arrows_in(const std::string& listing) {
  std::map<std::string, std::string> found;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    const auto arrow = line.find(" => ");
    if (arrow == std::string::npos) continue;
    std::istringstream left(line.substr(0, arrow));
    std::istringstream right(line.substr(arrow + 4));
    std::string name;
    std::string path;
    if (left >> name && right >> path) found.emplace(name, path);
  }
  return found;
}

bool is_loader(const std::string& name) { return name.find("ld-linux") != std::string::npos; }

/// What the loader says that the program would be given; real paths.
std::map<std::string, fs::path> loaders_answer(const fs::path& program,
                                               const std::string& interpreter) {
  // Asked by name, the loader has no kernel to ask where the program really lies.
  const auto listing = run_command({interpreter, "--list", fs::canonical(program).string()});
  EXPECT_EQ(listing.status, 0) << program;
  std::map<std::string, fs::path> libraries;
  for (const auto& [name, path] : arrows_in(listing.output)) {
    if (!is_loader(name)) libraries[name] = fs::canonical(path);
  }
  return libraries;
}

void compare_with_loader(const fs::path& program) {
  const auto elf = read_elf(program);
  ASSERT_NE(elf.interpreter, "") << program;
  std::map<std::string, fs::path> ours;
  for (const auto& [name, path] :
       find_libraries(program, {}, host_search_places(elf.machine, elf.interpreter))) {
    ours[name] = fs::canonical(path);
  }
  EXPECT_EQ(ours, loaders_answer(program, elf.interpreter)) << program;
}

class LoaderPeer : public ::testing::Test {
 protected:
  static std::string own_path() { return fs::canonical("/proc/self/exe").string(); }
  void SetUp() override {
    const auto own = read_elf("/proc/self/exe");
    if (run_command({own.interpreter, "--list", own_path()}).status != 0) {
      GTEST_SKIP() << own.interpreter << " can't list libraries (glibc 2.32 and later can)";
    }
  }
};

TEST_F(LoaderPeer, AgreesWhereLibrariesAreInUnusualPlaces) {
  for (const auto* const way : {"runpath", "rpath", "absolute"}) {
    const auto program = fs::path(STRATA_PEERS) / way / ("peer-" + std::string(way));
    compare_with_loader(program);
    EXPECT_EQ(loaders_answer(program, read_elf(program).interpreter)
                  .count("libpeer-deep-" + std::string(way) + ".so"),
              1U);
  }
}

TEST_F(LoaderPeer, AgreesBehindLinks) {
  const auto link = fs::path(STRATA_PEERS) / "link-to-program";
  fs::remove(link);
  fs::create_symlink(fs::path(STRATA_PEERS) / "runpath/peer-runpath", link);
  const auto elf = read_elf(link);
  EXPECT_EQ(find_libraries(link, {}, host_search_places(elf.machine, elf.interpreter))
                .count("libpeer-deep-runpath.so"),
            1U);
  EXPECT_EQ(run_command({link.string()}).output, "42\n");
}

TEST_F(LoaderPeer, AgreesUnderLdLibraryPath) {
  const auto folder = fs::path(STRATA_PEERS) / "rpath/odd/deep";
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", folder.c_str(), 1), 0);
  for (const auto* const way : {"runpath", "rpath", "absolute"}) {
    compare_with_loader(fs::path(STRATA_PEERS) / way / ("peer-" + std::string(way)));
  }
  ASSERT_EQ(::unsetenv("LD_LIBRARY_PATH"), 0);
}

TEST_F(LoaderPeer, AgreesOnTheProgramsOfThisMachine) {
  compare_with_loader(own_path());
  int compared = 0;
  for (const auto& folder : {"/usr/bin", "/usr/sbin"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      // A part of them is enough: they are much alike.
      const bool is_chosen = compared < 60 && fs::hash_value(entry.path()) % 10 == 0;
      std::error_code error;
      if (!is_chosen || !entry.is_regular_file(error)) continue;
      try {
        const auto elf = read_elf(entry.path());
        if (elf.machine != own_machine() || elf.interpreter.empty()) continue;
      } catch (const UsageError&) {
        continue;  // a script
      }
      compare_with_loader(entry.path());
      ++compared;
    }
  }
  EXPECT_GT(compared, 5);
}

TEST(LdconfigPeer, ListsWhatWeReadFromTheCache) {
  const auto listing = run_command({"/sbin/ldconfig", "-p"});
  if (listing.status != 0 || !fs::exists("/etc/ld.so.cache")) {
    GTEST_SKIP() << "no ldconfig or no ld.so.cache here";
  }
  const auto ours = parse_ld_cache(read_beginning("/etc/ld.so.cache", 64UL << 20U), own_machine());
  ASSERT_FALSE(ours.empty());
  const auto theirs = listing.output;
  for (const auto& [name, path] : ours) {
    EXPECT_NE(theirs.find("\t" + name + " ("), std::string::npos) << name;
    EXPECT_NE(theirs.find("=> " + path.string() + "\n"), std::string::npos) << path;
  }
  // And nothing of this machine's is missing.
  const std::string kind = own_machine() == EM_X86_64 ? "(libc6,x86-64)" : "(libc6,AArch64)";
  std::istringstream lines(theirs);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(kind) == std::string::npos) continue;
    std::istringstream words(line);
    std::string name;
    words >> name;
    EXPECT_TRUE(ours.contains(name)) << name;
  }
}

}  // namespace
}  // namespace strata::drivers
