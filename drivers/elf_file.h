#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace strata::drivers {

/// What the dynamic loader needs to know of an ELF file.
struct ElfFile {
  std::uint16_t machine = 0;   ///< EM_X86_64, EM_AARCH64
  bool is_dynamic = false;     ///< has a dynamic section
  bool is_executable = false;  ///< a program, not a library or an object: has an entry point
  std::string interpreter;     ///< PT_INTERP; empty for a static program and most libraries
  std::string soname;
  std::vector<std::string> needed;  ///< DT_NEEDED, in order
  std::vector<std::string> rpath;   ///< DT_RPATH, split at ':'; empty if there is a RUNPATH
  std::vector<std::string> runpath;
};

/// Reads a 64-bit little-endian ELF file's headers and dynamic section; every offset in it is
/// checked, since it is outside data. `name` is for errors. Throws UsageError saying what is wrong
/// with it.
ElfFile parse_elf(std::span<const std::byte> bytes, const std::string& name);

/// The same from a file. Throws UsageError also if it can't be read.
ElfFile read_elf(const std::filesystem::path& path);

/// Whether the bytes begin like an ELF file.
bool looks_like_elf(std::span<const std::byte> bytes);

/// EM_… of this build, and a name for any: "x86-64", "aarch64", "machine type 40".
std::uint16_t own_machine();
std::string machine_name(std::uint16_t machine);

/// The whole of a file, at most `limit` bytes. Throws UsageError.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace strata::drivers
