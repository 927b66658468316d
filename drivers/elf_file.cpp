#include "drivers/elf_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include "drivers/file_bytes.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the structures below are read as they lie");

constexpr std::size_t kMostDynamicEntries = 65536;
constexpr std::size_t kMostNeeded = 4096;
/// PATH_MAX: no loader can open a longer name.
constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kLongestSearchPath = 1U << 20U;

/// Reads the bytes from an offset on, fewer at the end of the file.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> buffer)>;

/// Reads structures from anywhere in a file, or throws.
class Reader {
 public:
  Reader(ReadAt read_at, const std::string& name) : read_at_(std::move(read_at)), name_(name) {}

  [[noreturn]] void fail(const std::string& said,
                         const std::string& do_next = "the file is damaged or was cut off") const {
    throw UsageError(fmt::format("read the ELF file {}", name_), said, do_next);
  }

  template <typename T>
  [[nodiscard]] T at(std::uint64_t offset, const char* what) const {
    std::array<std::byte, sizeof(T)> bytes{};
    if (read_at_(offset, bytes) != bytes.size()) {
      fail(fmt::format("it ends before its {}, which should be at byte {}", what, offset));
    }
    return std::bit_cast<T>(bytes);
  }

  /// A text that ends with a zero byte.
  [[nodiscard]] std::string text_at(std::uint64_t offset, std::size_t longest) const {
    std::string text;
    std::array<std::byte, 256> piece{};
    for (;;) {
      const auto count = read_at_(offset + text.size(), piece);
      if (count == 0) fail("it ends inside a name");
      const auto* const begin = piece.begin();
      const auto* const zero = std::find(begin, begin + count, std::byte{0});
      text.append(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(zero - begin));
      if (text.size() > longest) fail(fmt::format("a name in it is over {} bytes", longest));
      if (zero != begin + count) return text;
    }
  }

 private:
  ReadAt read_at_;
  const std::string& name_;
};

/// a + b, or fails if that is beyond what a file can have.
std::uint64_t sum(const Reader& reader, std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLargest = 1ULL << 62U;
  if (a > kLargest || b > kLargest) reader.fail("an offset in it lies beyond any file");
  return a + b;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(':', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Program headers and what they say of where addresses lie in the file.
struct Segments {
  std::vector<Elf64_Phdr> loads;
  std::optional<Elf64_Phdr> dynamic;
  std::optional<Elf64_Phdr> interpreter;

  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const auto& load : loads) {
      if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz) {
        const auto into = address - load.p_vaddr;
        if (load.p_offset > ~0ULL - into) return std::nullopt;
        return load.p_offset + into;
      }
    }
    return std::nullopt;
  }
};

Segments read_segments(const Reader& reader, const Elf64_Ehdr& header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) && header.e_phnum != 0) {
    reader.fail("its program headers have an unknown size");
  }
  Segments segments;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto offset = sum(reader, header.e_phoff, i * sizeof(Elf64_Phdr));
    const auto segment = reader.at<Elf64_Phdr>(offset, "program headers");
    if (segment.p_type == PT_LOAD) segments.loads.push_back(segment);
    if (segment.p_type == PT_DYNAMIC) segments.dynamic = segment;
    if (segment.p_type == PT_INTERP) segments.interpreter = segment;
  }
  return segments;
}

std::vector<Elf64_Dyn> read_dynamic_entries(const Reader& reader, const Elf64_Phdr& section) {
  std::vector<Elf64_Dyn> entries;
  const auto room = section.p_filesz / sizeof(Elf64_Dyn);
  for (std::uint64_t i = 0; i < room; ++i) {
    const auto offset = sum(reader, section.p_offset, i * sizeof(Elf64_Dyn));
    const auto entry = reader.at<Elf64_Dyn>(offset, "dynamic section");
    if (entry.d_tag == DT_NULL) break;
    if (entries.size() == kMostDynamicEntries) reader.fail("its dynamic section has no end");
    entries.push_back(entry);
  }
  return entries;
}

/// Takes what it knows out of the dynamic section; true if that marks a position-independent
/// program.
bool read_dynamic(const Reader& reader, const Segments& segments, ElfFile& file) {
  const auto entries = read_dynamic_entries(reader, *segments.dynamic);
  std::optional<std::uint64_t> names;
  for (const auto& entry : entries) {
    if (entry.d_tag == DT_STRTAB) names = segments.offset_of(entry.d_un.d_ptr);
  }
  const auto text = [&](const Elf64_Dyn& entry, std::size_t longest) {
    if (!names) reader.fail("its table of names lies nowhere in it");
    return reader.text_at(sum(reader, *names, entry.d_un.d_val), longest);
  };
  bool is_program = false;
  for (const auto& entry : entries) {
    switch (entry.d_tag) {
      case DT_NEEDED:
        if (file.needed.size() == kMostNeeded) reader.fail("it needs more libraries than can be");
        file.needed.push_back(text(entry, kLongestName));
        break;
      case DT_SONAME:
        file.soname = text(entry, kLongestName);
        break;
      case DT_RPATH:
        file.rpath = split(text(entry, kLongestSearchPath));
        break;
      case DT_RUNPATH:
        file.has_runpath = true;
        file.runpath = split(text(entry, kLongestSearchPath));
        break;
      case DT_FLAGS_1:
        is_program = (entry.d_un.d_val & DF_1_PIE) != 0;
        file.no_default_folders = (entry.d_un.d_val & DF_1_NODEFLIB) != 0;
        break;
      default:
        break;
    }
  }
  if (file.has_runpath) file.rpath.clear();
  return is_program;
}

ElfFile parse(const Reader& reader) {
  const auto ident = reader.at<std::array<unsigned char, EI_NIDENT>>(0, "header");
  if (std::memcmp(ident.data(), ELFMAG, SELFMAG) != 0) reader.fail("it is no ELF file", {});
  if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB) {
    reader.fail(fmt::format("it is for a {} machine",
                            ident[EI_CLASS] == ELFCLASS32 ? "32-bit" : "big-endian or unknown"),
                "Strata runs x86-64 and ARM64 programs");
  }
  const auto header = reader.at<Elf64_Ehdr>(0, "header");
  const auto segments = read_segments(reader, header);
  ElfFile file;
  file.machine = header.e_machine;
  if (segments.interpreter) {
    file.interpreter = reader.text_at(segments.interpreter->p_offset, kLongestName);
  }
  const bool is_position_independent_program =
      segments.dynamic && read_dynamic(reader, segments, file);
  // A library, too, may have an entry point; what makes it a program is a loader, or the mark.
  const bool is_program =
      header.e_type == ET_EXEC ||
      (header.e_type == ET_DYN && (!file.interpreter.empty() || is_position_independent_program));
  file.is_executable = is_program && header.e_entry != 0;
  return file;
}

}  // namespace

bool looks_like_elf(std::span<const std::byte> bytes) {
  return bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
}

std::uint16_t own_machine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#else
#error "Strata runs on x86-64 and ARM64"
#endif
}

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "POWER";
    default:
      return fmt::format("machine type {}", machine);
  }
}

ElfFile parse_elf(std::span<const std::byte> bytes, const std::string& name) {
  const auto read_at = [bytes](std::uint64_t offset, std::span<std::byte> buffer) -> std::size_t {
    if (offset >= bytes.size()) return 0;
    const auto rest = bytes.subspan(static_cast<std::size_t>(offset));
    const auto count = std::min(buffer.size(), rest.size());
    std::copy_n(rest.begin(), count, buffer.begin());
    return count;
  };
  return parse(Reader(read_at, name));
}

ElfFile read_elf(const std::filesystem::path& path) {
  const FileBytes file(path);
  const auto read_at = [&file](std::uint64_t offset, std::span<std::byte> buffer) {
    return file.read_at(offset, buffer);
  };
  const auto name = path.string();
  return parse(Reader(read_at, name));
}

}  // namespace strata::drivers
