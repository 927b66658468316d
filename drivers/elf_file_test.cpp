#include "drivers/elf_file.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <span>
#include <string>

#include "drivers/testing/elf_builder.h"
#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace testing;

ElfFile parse(const std::string& bytes) {
  return parse_elf(std::as_bytes(std::span(bytes)), "/x/file");
}

std::string refusal_of(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(ElfFile, SaysWhatTheLoaderNeedsToKnow) {
  auto recipe = program_recipe();
  recipe.interpreter = "/lib64/ld-linux-x86-64.so.2";
  recipe.needed = {"libm.so.6", "libc.so.6"};
  recipe.runpath = "/opt/lib::$ORIGIN/../lib:";
  const auto file = parse(build_elf(recipe));
  EXPECT_EQ(file.machine, own_machine());
  EXPECT_TRUE(file.is_executable);
  EXPECT_EQ(file.interpreter, "/lib64/ld-linux-x86-64.so.2");
  EXPECT_THAT(file.needed, ElementsAre("libm.so.6", "libc.so.6"));
  EXPECT_THAT(file.runpath, ElementsAre("/opt/lib", "$ORIGIN/../lib"));
  EXPECT_THAT(file.rpath, IsEmpty());
  EXPECT_EQ(file.soname, "");
  EXPECT_FALSE(file.no_default_folders);
}

TEST(ElfFile, ARunpathTakesTheRpathsPlaceEvenIfItIsEmpty) {
  auto recipe = library_recipe();
  recipe.soname = "libx.so.1";
  recipe.rpath = "/a:/b";
  const auto old = parse(build_elf(recipe));
  EXPECT_THAT(old.rpath, ElementsAre("/a", "/b"));
  EXPECT_FALSE(old.has_runpath);
  EXPECT_EQ(old.soname, "libx.so.1");
  recipe.runpath = "";
  const auto both = parse(build_elf(recipe));
  EXPECT_THAT(both.rpath, IsEmpty());
  EXPECT_THAT(both.runpath, IsEmpty());
  EXPECT_TRUE(both.has_runpath);
}

TEST(ElfFile, TellsProgramsFromLibraries) {
  auto recipe = library_recipe();
  EXPECT_FALSE(parse(build_elf(recipe)).is_executable);
  recipe.entry = 4096;  // as many a library has
  EXPECT_FALSE(parse(build_elf(recipe)).is_executable);
  recipe.flags_1 = DF_1_PIE;  // static, position-independent
  EXPECT_TRUE(parse(build_elf(recipe)).is_executable);
  recipe.flags_1 = DF_1_NODEFLIB;
  recipe.interpreter = "/lib/ld.so";
  EXPECT_TRUE(parse(build_elf(recipe)).is_executable);
  EXPECT_TRUE(parse(build_elf(recipe)).no_default_folders);
  recipe.type = ET_REL;
  EXPECT_FALSE(parse(build_elf(recipe)).is_executable);
}

TEST(ElfFile, NamesWhatItIsNotFor) {
  EXPECT_EQ(machine_name(EM_X86_64), "x86-64");
  EXPECT_EQ(machine_name(EM_AARCH64), "aarch64");
  EXPECT_EQ(machine_name(EM_RISCV), "RISC-V");
  EXPECT_EQ(machine_name(EM_PPC64), "POWER");
  EXPECT_EQ(machine_name(4242), "machine type 4242");
  auto bytes = build_elf(program_recipe());
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(refusal_of(bytes), HasSubstr("it is for a 32-bit machine"));
  bytes[EI_CLASS] = ELFCLASS64;
  bytes[EI_DATA] = ELFDATA2MSB;
  EXPECT_THAT(refusal_of(bytes), HasSubstr("big-endian"));
}

TEST(ElfFile, RefusesWhatIsNone) {
  EXPECT_THAT(refusal_of(""), HasSubstr("read the ELF file /x/file: it ends before its header"));
  EXPECT_THAT(refusal_of("\x7f"
                         "ELF"),
              HasSubstr("it ends before its header"));
  EXPECT_THAT(refusal_of("#!/bin/sh\necho hello\n"), HasSubstr("it is no ELF file"));
}

TEST(ElfFile, RefusesOneThatWasCutOffAnywhere) {
  auto recipe = program_recipe();
  recipe.interpreter = "/lib/ld.so";
  recipe.needed = {"libc.so.6"};
  const auto whole = build_elf(recipe);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal_of(whole.substr(0, size)), "none") << size;
  }
  EXPECT_EQ(refusal_of(whole), "none");
}

/// A good file whose header or program header at an index was changed.
template <typename T>
std::string changed(std::size_t offset, const std::function<void(T&)>& change) {
  auto recipe = program_recipe();
  recipe.needed = {"libc.so.6"};
  auto bytes = build_elf(recipe);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  change(value);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

constexpr std::size_t kLoad = sizeof(Elf64_Ehdr);
constexpr std::size_t kDynamic = kLoad + sizeof(Elf64_Phdr);
constexpr std::size_t kFirstEntry = kDynamic + 2 * sizeof(Elf64_Phdr);

TEST(ElfFile, RefusesOffsetsThatLeadNowhere) {
  EXPECT_THAT(refusal_of(changed<Elf64_Ehdr>(0, [](auto& h) { h.e_phoff = ~0ULL; })),
              HasSubstr("beyond any file"));
  EXPECT_THAT(refusal_of(changed<Elf64_Ehdr>(0, [](auto& h) { h.e_phoff = 1ULL << 40U; })),
              HasSubstr("ends before its program headers"));
  EXPECT_THAT(refusal_of(changed<Elf64_Ehdr>(0, [](auto& h) { h.e_phentsize = 32; })),
              HasSubstr("unknown size"));
  EXPECT_THAT(refusal_of(changed<Elf64_Ehdr>(0, [](auto& h) { h.e_phnum = 0xffff; })),
              HasSubstr("ends before its program headers"));
  EXPECT_THAT(refusal_of(changed<Elf64_Phdr>(kDynamic, [](auto& p) { p.p_offset = ~0ULL; })),
              HasSubstr("beyond any file"));
  EXPECT_THAT(refusal_of(changed<Elf64_Phdr>(kLoad, [](auto& p) { p.p_vaddr = 1; })),
              HasSubstr("table of names lies nowhere"));
  EXPECT_THAT(refusal_of(changed<Elf64_Phdr>(kLoad, [](auto& p) { p.p_offset = ~0ULL; })),
              HasSubstr("table of names lies nowhere"));
  EXPECT_THAT(refusal_of(changed<Elf64_Dyn>(kFirstEntry, [](auto& d) { d.d_un.d_val = ~0ULL; })),
              HasSubstr("beyond any file"));
  EXPECT_THAT(refusal_of(changed<Elf64_Dyn>(kFirstEntry, [](auto& d) { d.d_un.d_val = 99999; })),
              HasSubstr("ends inside a name"));
}

TEST(ElfFile, BoundsWhatItReads) {
  auto recipe = library_recipe();
  recipe.soname = std::string(4096, 'x');
  EXPECT_EQ(parse(build_elf(recipe)).soname.size(), 4096U);
  recipe.soname += 'x';
  EXPECT_THAT(refusal_of(build_elf(recipe)), HasSubstr("a name in it is over 4096 bytes"));
  recipe = library_recipe();
  recipe.needed.assign(4097, "x");
  EXPECT_THAT(refusal_of(build_elf(recipe)), HasSubstr("more libraries than can be"));
}

TEST(ElfFile, ReadsFromAFileAsFromMemory) {
  const TemporaryFolder folder;
  auto recipe = program_recipe();
  recipe.needed = {"libc.so.6"};
  write_elf(folder / "program", recipe);
  EXPECT_THAT(read_elf(folder / "program").needed, ElementsAre("libc.so.6"));
  EXPECT_THROW(read_elf(folder / "missing"), UsageError);
  EXPECT_THROW(read_elf(folder.path()), UsageError);
}

TEST(ElfFile, ReadsThisVeryProgram) {
  const auto file = read_elf("/proc/self/exe");
  EXPECT_EQ(file.machine, own_machine());
  EXPECT_TRUE(file.is_executable);
  EXPECT_THAT(file.needed, ::testing::Contains("libc.so.6"));
}

}  // namespace
}  // namespace strata::drivers
