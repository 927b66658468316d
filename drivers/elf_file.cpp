#include "drivers/elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the structures below are read as they lie");

/// Larger programs there may be, but what the loader reads of them lies in mapped parts of this
/// size.
constexpr std::size_t kLargestFile = 4UL << 30U;
constexpr std::size_t kMostEntries = 65536;

/// Reads structures from anywhere in a file's bytes, or not at all.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& said) const {
    throw UsageError(fmt::format("read the ELF file {}", name_), said, "the file is damaged");
  }
  template <typename T>
  T at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) {
      fail(fmt::format("it ends at byte {}, before what should be at {}", bytes_.size(), offset));
    }
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  /// A text that ends with a zero byte.
  std::string text_at(std::uint64_t offset) const {
    if (offset >= bytes_.size()) fail("a name lies beyond its end");
    const auto rest = bytes_.subspan(offset);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
    if (end == rest.end()) fail("a name has no end");
    return {reinterpret_cast<const char*>(rest.data()),
            static_cast<std::size_t>(end - rest.begin())};
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& name_;
};

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
    if (header.e_phoff > ~0ULL - i * sizeof(Elf64_Phdr))
      reader.fail("its program headers lie nowhere");
    const auto segment = reader.at<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_LOAD) segments.loads.push_back(segment);
    if (segment.p_type == PT_DYNAMIC) segments.dynamic = segment;
    if (segment.p_type == PT_INTERP) segments.interpreter = segment;
  }
  return segments;
}

void read_dynamic(const Reader& reader, const Segments& segments, ElfFile& file) {
  std::vector<Elf64_Dyn> entries;
  const auto& section = *segments.dynamic;
  for (std::uint64_t offset = 0; offset + sizeof(Elf64_Dyn) <= section.p_filesz;
       offset += sizeof(Elf64_Dyn)) {
    if (section.p_offset > ~0ULL - offset || entries.size() > kMostEntries) {
      reader.fail("its dynamic section has no end");
    }
    const auto entry = reader.at<Elf64_Dyn>(section.p_offset + offset);
    if (entry.d_tag == DT_NULL) break;
    entries.push_back(entry);
  }
  std::optional<std::uint64_t> names;
  for (const auto& entry : entries) {
    if (entry.d_tag == DT_STRTAB) names = segments.offset_of(entry.d_un.d_ptr);
  }
  const auto text = [&](const Elf64_Dyn& entry) {
    if (!names || *names > ~0ULL - entry.d_un.d_val) reader.fail("its table of names lies nowhere");
    return reader.text_at(*names + entry.d_un.d_val);
  };
  for (const auto& entry : entries) {
    switch (entry.d_tag) {
      case DT_NEEDED:
        file.needed.push_back(text(entry));
        break;
      case DT_SONAME:
        file.soname = text(entry);
        break;
      case DT_RPATH:
        file.rpath = split(text(entry));
        break;
      case DT_RUNPATH:
        file.runpath = split(text(entry));
        break;
      default:
        break;
    }
  }
  if (!file.runpath.empty()) file.rpath.clear();
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
#endif
}

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return "RISC-V";
    default:
      return fmt::format("machine type {}", machine);
  }
}

ElfFile parse_elf(std::span<const std::byte> bytes, const std::string& name) {
  const Reader reader(bytes, name);
  if (!looks_like_elf(bytes)) {
    throw UsageError(fmt::format("read the ELF file {}", name), "it is no ELF file");
  }
  if (bytes.size() <= EI_DATA || bytes[EI_CLASS] != std::byte{ELFCLASS64} ||
      bytes[EI_DATA] != std::byte{ELFDATA2LSB}) {
    throw UsageError(fmt::format("read the ELF file {}", name),
                     "it is not for a 64-bit little-endian machine",
                     "Strata runs x86-64 and ARM64 programs");
  }
  const auto header = reader.at<Elf64_Ehdr>(0);
  const auto segments = read_segments(reader, header);
  ElfFile file;
  file.machine = header.e_machine;
  file.is_dynamic = segments.dynamic.has_value();
  if (segments.interpreter) file.interpreter = reader.text_at(segments.interpreter->p_offset);
  if (segments.dynamic) read_dynamic(reader, segments, file);
  file.is_executable = (header.e_type == ET_EXEC || header.e_type == ET_DYN) && header.e_entry != 0;
  return file;
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::size_t limit) {
  const auto tried = fmt::format("read {}", path.string());
  const auto refuse = [&](int error) -> UsageError {
    return {tried, std::strerror(error),
            error == EACCES ? "check its permissions" : "check the path"};
  };
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw refuse(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw refuse(errno);
  if (!S_ISREG(status.st_mode)) throw UsageError(tried, "it is not a regular file");
  std::vector<std::byte> bytes(std::min(static_cast<std::size_t>(status.st_size), limit));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw refuse(errno);
    if (count == 0) break;  // it became shorter meanwhile
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

ElfFile read_elf(const std::filesystem::path& path) {
  return parse_elf(read_file(path, kLargestFile), path.string());
}

}  // namespace strata::drivers
