#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace strata::drivers {

/// What the dynamic loader needs to know of an ELF file.
struct ElfFile {
  std::uint16_t machine = 0;   ///< EM_X86_64, EM_AARCH64
  bool is_executable = false;  ///< a program, and not a library or an object
  std::string interpreter;     ///< PT_INTERP; empty for a static program and most libraries
  std::string soname;
  std::vector<std::string> needed;  ///< DT_NEEDED, in order
  std::vector<std::string> rpath;   ///< DT_RPATH, split at ':'; empty if there is a RUNPATH
  std::vector<std::string> runpath;
  bool has_runpath = false;         ///< also where it is empty: RPATHs then count no more
  bool no_default_folders = false;  ///< linked with -z nodefaultlib
};

/// Reads a 64-bit little-endian ELF file's headers and dynamic section. Outside data: every offset
/// and length in it is checked, and what it can make us allocate is bounded (32 MiB). `name` is for
/// errors. Throws UsageError saying what is wrong with it.
ElfFile parse_elf(std::span<const std::byte> bytes, const std::string& name);

/// The same from a file, of which only the parts that matter are read. Throws UsageError also if it
/// can't be read.
ElfFile read_elf(const std::filesystem::path& path);

/// Whether the bytes begin like an ELF file.
bool looks_like_elf(std::span<const std::byte> bytes);

/// EM_… of this build, and a name for any: "x86-64", "aarch64", "machine type 40".
std::uint16_t own_machine();
std::string machine_name(std::uint16_t machine);

}  // namespace strata::drivers
