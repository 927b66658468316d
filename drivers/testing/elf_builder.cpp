#include "drivers/testing/elf_builder.h"

#include <elf.h>

#include <cstring>
#include <fstream>

#include "drivers/elf_file.h"

namespace strata::drivers::testing {
namespace {

template <typename T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Texts one after the other, each with a zero byte behind it.
class Texts {
 public:
  std::uint64_t add(const std::string& text) {
    const auto at = bytes_.size();
    bytes_.append(text).push_back('\0');
    return at;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(1, '\0');
};

/// Where the file lies in memory: anything but 0, so that addresses and offsets are told apart.
constexpr std::uint64_t kBase = 0x400000;

}  // namespace

ElfRecipe program_recipe() {
  return {.machine = own_machine(),
          .type = ET_EXEC,
          .interpreter = {},
          .soname = {},
          .needed = {},
          .rpath = {},
          .runpath = {},
          .flags_1 = 0,
          .entry = kBase};
}

ElfRecipe library_recipe() {
  auto recipe = program_recipe();
  recipe.type = ET_DYN;
  recipe.entry = 0;
  return recipe;
}

std::string build_elf(const ElfRecipe& recipe) {
  Texts texts;
  std::vector<Elf64_Dyn> dynamic;
  const auto add = [&](Elf64_Sxword tag, std::uint64_t value) {
    Elf64_Dyn entry{};
    entry.d_tag = tag;
    entry.d_un.d_val = value;
    dynamic.push_back(entry);
  };
  for (const auto& name : recipe.needed) add(DT_NEEDED, texts.add(name));
  if (!recipe.soname.empty()) add(DT_SONAME, texts.add(recipe.soname));
  if (recipe.rpath) add(DT_RPATH, texts.add(*recipe.rpath));
  if (recipe.runpath) add(DT_RUNPATH, texts.add(*recipe.runpath));
  if (recipe.flags_1 != 0) add(DT_FLAGS_1, recipe.flags_1);
  const auto interpreter_at = texts.add(recipe.interpreter);

  // Header, program headers, dynamic section, texts, in this order.
  constexpr std::uint16_t kSegments = 3;
  const std::uint64_t dynamic_at = sizeof(Elf64_Ehdr) + kSegments * sizeof(Elf64_Phdr);
  const std::uint64_t dynamic_size = (dynamic.size() + 2) * sizeof(Elf64_Dyn);
  const std::uint64_t texts_at = dynamic_at + dynamic_size;
  add(DT_STRTAB, kBase + texts_at);
  add(DT_NULL, 0);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = recipe.type;
  header.e_machine = recipe.machine;
  header.e_version = EV_CURRENT;
  header.e_entry = recipe.entry;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = kSegments;

  const auto segment = [](std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    Elf64_Phdr result{};
    result.p_type = type;
    result.p_flags = PF_R;
    result.p_offset = offset;
    result.p_vaddr = kBase + offset;
    result.p_filesz = size;
    result.p_memsz = size;
    return result;
  };
  std::string bytes;
  append(bytes, header);
  append(bytes, segment(PT_LOAD, 0, texts_at + texts.bytes().size()));
  append(bytes, segment(PT_DYNAMIC, dynamic_at, dynamic_size));
  append(bytes, segment(recipe.interpreter.empty() ? PT_NULL : PT_INTERP, texts_at + interpreter_at,
                        recipe.interpreter.size() + 1));
  for (const auto& entry : dynamic) append(bytes, entry);
  return bytes + texts.bytes();
}

void write_file(const std::filesystem::path& path, const std::string& bytes, bool executable) {
  namespace fs = std::filesystem;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  if (executable) {
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
  }
}

void write_elf(const std::filesystem::path& path, const ElfRecipe& recipe) {
  write_file(path, build_elf(recipe), true);
}

std::string build_ld_cache(const std::vector<CacheEntry>& entries) {
  constexpr std::size_t kHeader = 48;
  constexpr std::size_t kEntry = 24;
  std::string texts;
  const auto texts_at = kHeader + entries.size() * kEntry;
  const auto add = [&](const std::string& text) {
    const auto at = texts_at + texts.size();
    texts.append(text).push_back('\0');
    return static_cast<std::uint32_t>(at);
  };
  std::string table;
  for (const auto& entry : entries) {
    append(table, entry.flags);
    append(table, add(entry.name));
    append(table, add(entry.path));
    append(table, std::uint32_t{0});
    append(table, entry.hardware);
  }
  std::string bytes = "glibc-ld.so.cache1.1";
  append(bytes, static_cast<std::uint32_t>(entries.size()));
  append(bytes, static_cast<std::uint32_t>(texts.size()));
  bytes.resize(kHeader, '\0');
  return bytes + table + texts;
}

}  // namespace strata::drivers::testing
