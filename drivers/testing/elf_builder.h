#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace strata::drivers::testing {

/// What an ELF file is to say of itself.
struct ElfRecipe {
  std::uint16_t machine;
  std::uint16_t type;
  std::string interpreter;
  std::string soname;
  std::vector<std::string> needed;
  std::optional<std::string> rpath;
  std::optional<std::string> runpath;
  std::uint64_t flags_1 = 0;
  std::uint64_t entry = 0;
};

/// A program and a library for this machine, to start from.
ElfRecipe program_recipe();
ElfRecipe library_recipe();

/// The bytes of a 64-bit ELF file that says just that; nothing in it can be run.
std::string build_elf(const ElfRecipe& recipe);

/// The same, written to a file that anybody may execute; folders are made.
void write_elf(const std::filesystem::path& path, const ElfRecipe& recipe);

/// Writes a file; folders are made.
void write_file(const std::filesystem::path& path, const std::string& bytes,
                bool executable = false);

/// An ld.so.cache of the current format with these entries.
struct CacheEntry {
  std::int32_t flags;
  std::string name;
  std::string path;
  std::uint64_t hardware = 0;
};
std::string build_ld_cache(const std::vector<CacheEntry>& entries);

}  // namespace strata::drivers::testing
