#include "drivers/library_search.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "drivers/elf_file.h"
#include "drivers/ld_cache.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;

/// A file that is being looked at, and the one that needed it: RPATH is inherited along this chain.
struct Object {
  fs::path path;
  ElfFile elf;
  std::shared_ptr<const Object> needed_by;
};

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

fs::path expanded(std::string folder, const Object& object) {
  const std::string multiarch =
      object.elf.machine == EM_AARCH64 ? "lib/aarch64-linux-gnu" : "lib/x86_64-linux-gnu";
  const std::string platform = object.elf.machine == EM_AARCH64 ? "aarch64" : "x86_64";
  std::error_code ignored;
  // $ORIGIN is where the file really lies, behind all links.
  const auto origin = fs::weakly_canonical(object.path, ignored).parent_path().string();
  for (const auto& [token, value] : {std::pair<std::string, const std::string&>{"ORIGIN", origin},
                                     {"LIB", multiarch},
                                     {"PLATFORM", platform}}) {
    replace_all(folder, "${" + token + "}", value);
    replace_all(folder, "$" + token, value);
  }
  return folder;
}

/// The ELF file at `path`, if there is one for this machine.
std::optional<ElfFile> library_at(const fs::path& path, std::uint16_t machine) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  try {
    auto elf = read_elf(path);
    if (elf.machine == machine) return elf;
  } catch (const UsageError&) {
    // What is no library of this machine type is passed over, as the loader does.
  }
  return std::nullopt;
}

/// Every folder in which `object`'s needs are looked for before the cache, in order.
std::vector<fs::path> folders_for(const Object& object, const SearchPlaces& places) {
  std::vector<fs::path> folders;
  if (object.elf.runpath.empty()) {
    for (const auto* one = &object; one != nullptr; one = one->needed_by.get()) {
      for (const auto& folder : one->elf.rpath) folders.push_back(expanded(folder, *one));
    }
  }
  folders.insert(folders.end(), places.ld_library_path.begin(), places.ld_library_path.end());
  for (const auto& folder : object.elf.runpath) folders.push_back(expanded(folder, object));
  return folders;
}

Object locate(const std::string& name, const std::shared_ptr<const Object>& object,
              const SearchPlaces& places) {
  const auto machine = object->elf.machine;
  std::vector<fs::path> tried;
  const auto attempt = [&](const fs::path& path) -> std::optional<Object> {
    tried.push_back(path);
    auto elf = library_at(path, machine);
    if (!elf) return std::nullopt;
    return Object{path, std::move(*elf), object};
  };
  if (name.find('/') != std::string::npos) {
    if (auto found = attempt(expanded(name, *object))) return std::move(*found);
  } else {
    for (const auto& folder : folders_for(*object, places)) {
      if (auto found = attempt(folder / name)) return std::move(*found);
    }
    if (const auto cached = places.cache.find(name); cached != places.cache.end()) {
      if (auto found = attempt(cached->second)) return std::move(*found);
    }
    for (const auto& folder : places.default_folders) {
      if (auto found = attempt(folder / name)) return std::move(*found);
    }
  }
  std::string where;
  for (const auto& path : tried)
    where += fmt::format("{}{}", where.empty() ? "" : ", ", path.string());
  throw UsageError(fmt::format("find {}, which {} needs", name, object->path.string()),
                   fmt::format("it is in none of: {}", where),
                   "install it, or name its folder in LD_LIBRARY_PATH");
}

}  // namespace

SearchPlaces host_search_places(std::uint16_t machine) {
  SearchPlaces places;
  if (const char* const paths = std::getenv("LD_LIBRARY_PATH"); paths != nullptr) {
    const std::string text = paths;
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find_first_of(":;", begin), text.size());
      if (end > begin) places.ld_library_path.emplace_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::error_code error;
  if (fs::is_regular_file("/etc/ld.so.cache", error)) {
    constexpr std::size_t kLargestCache = 64UL << 20U;
    places.cache = parse_ld_cache(read_file("/etc/ld.so.cache", kLargestCache), machine);
  }
  const std::string multiarch = machine == EM_AARCH64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  for (const char* const folder : {"/lib", "/usr/lib"}) {
    places.default_folders.push_back(fs::path(folder) / multiarch);
  }
  for (const char* const folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) {
    places.default_folders.emplace_back(folder);
  }
  return places;
}

std::map<std::string, fs::path> find_libraries(const std::vector<fs::path>& roots,
                                               const SearchPlaces& places) {
  std::map<std::string, fs::path> found;
  std::deque<std::shared_ptr<const Object>> waiting;
  for (const auto& root : roots) {
    waiting.push_back(std::make_shared<Object>(Object{root, read_elf(root), nullptr}));
  }
  // Breadth first, and a name once found stays so: the loader's own order.
  for (; !waiting.empty(); waiting.pop_front()) {
    const auto object = waiting.front();
    for (const auto& name : object->elf.needed) {
      if (found.contains(name)) continue;
      // The loader itself is in every bundle, at the place the program names.
      if (fs::path(name).filename().string().starts_with("ld-linux")) continue;
      auto library = std::make_shared<Object>(locate(name, object, places));
      found[name] = library->path;
      waiting.push_back(std::move(library));
    }
  }
  return found;
}

}  // namespace strata::drivers
