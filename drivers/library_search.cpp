#include "drivers/library_search.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "drivers/elf_file.h"
#include "drivers/file_bytes.h"
#include "drivers/ld_cache.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace fs = std::filesystem;
using Rules = SearchPlaces::Rules;

/// A file that is being looked at, and the one that needed it: RPATH is inherited along this chain.
struct Object {
  fs::path path;
  std::string origin;  ///< the folder that $ORIGIN stands for
  ElfFile elf;
  std::shared_ptr<const Object> needed_by;
};

const char* machine_word(std::uint16_t machine) {
  return machine == EM_AARCH64 ? "aarch64" : "x86_64";
}

/// Debian's name of the folders for one machine type.
std::string multiarch(std::uint16_t machine) {
  return std::string(machine_word(machine)) + "-linux-gnu";
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

fs::path expanded(std::string folder, const Object& object) {
  const auto machine = object.elf.machine;
  const std::array<std::pair<std::string, std::string>, 3> tokens{
      {{"ORIGIN", object.origin},
       {"LIB", "lib/" + multiarch(machine)},
       {"PLATFORM", machine_word(machine)}}};
  for (const auto& [token, value] : tokens) {
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

std::shared_ptr<const Object> root_object(const fs::path& path,
                                          std::shared_ptr<const Object> needed_by) {
  std::error_code error;
  // A program's $ORIGIN is where it really lies, behind all links (the loader asks the kernel);
  // a library's is the folder it was found in.
  auto origin = needed_by ? fs::absolute(path, error) : fs::canonical(path, error);
  return std::make_shared<Object>(
      Object{path, origin.parent_path().string(), read_elf(path), std::move(needed_by)});
}

/// Looks for one library, and remembers where it has looked.
class Search {
 public:
  Search(std::string name, std::shared_ptr<const Object> needed_by, const SearchPlaces& places)
      : name_(std::move(name)), needed_by_(std::move(needed_by)), places_(places) {}

  /// Throws UsageError if there is none.
  Object find() {
    const bool found = name_.find('/') != std::string::npos
                           ? attempt(named_path())
                           : in_given_places() || in_system_places();
    if (!found) fail();
    return std::move(*found_);
  }

 private:
  bool attempt(const fs::path& path) {
    // Not normalised: behind a link, ".." is another folder.
    std::error_code error;
    const auto place = fs::absolute(path, error);
    looked_in_.push_back(place.string());
    auto elf = library_at(place, needed_by_->elf.machine);
    if (!elf) return false;
    found_ = Object{place, place.parent_path().string(), std::move(*elf), needed_by_};
    return true;
  }
  bool in_folders_of(const Object& object, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
      return attempt(expanded(folder, object) / name_);
    });
  }
  /// RPATHs (and for musl RUNPATHs) of the file that needs it and of those that needed that.
  bool in_inherited(bool with_runpaths) {
    for (const auto* one = needed_by_.get(); one != nullptr; one = one->needed_by.get()) {
      if (in_folders_of(*one, one->elf.rpath)) return true;
      if (with_runpaths && in_folders_of(*one, one->elf.runpath)) return true;
    }
    return false;
  }
  bool in_environment() {
    const auto given = places_.given.find(name_);
    if (given != places_.given.end() && attempt(given->second)) return true;
    return std::any_of(places_.ld_library_path.begin(), places_.ld_library_path.end(),
                       [&](const fs::path& folder) { return attempt(folder / name_); });
  }
  bool in_given_places() {
    if (places_.rules == Rules::kMusl) return in_environment() || in_inherited(true);
    const auto& elf = needed_by_->elf;
    return (!elf.has_runpath && in_inherited(false)) || in_environment() ||
           in_folders_of(*needed_by_, elf.runpath);
  }
  bool in_system_places() {
    const auto& folders = places_.default_folders;
    const bool no_defaults = places_.rules == Rules::kGlibc && needed_by_->elf.no_default_folders;
    if (const auto cached = places_.cache.find(name_); cached != places_.cache.end()) {
      const bool is_default =
          std::find(folders.begin(), folders.end(), cached->second.parent_path()) != folders.end();
      if (!(no_defaults && is_default) && attempt(cached->second)) return true;
    }
    return !no_defaults && std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) {
      return attempt(folder / name_);
    });
  }
  /// Of a name with a slash. Where it lies relative to the program or to the working directory is
  /// lost in an instance; only an absolute path is the same there.
  fs::path named_path() const {
    if (name_.starts_with('/')) return name_;
    throw UsageError(tried(), "it is asked for by a path that is not absolute",
                     "link it under a plain name (its soname), with a RUNPATH to its folder");
  }
  [[nodiscard]] std::string tried() const {
    return fmt::format("find {}, which {} needs", name_, needed_by_->path.string());
  }
  [[noreturn]] void fail() const {
    throw UsageError(
        tried(),
        fmt::format("there is no such {} library in any of: {}",
                    machine_name(needed_by_->elf.machine), fmt::join(looked_in_, ", ")),
        fmt::format("install it, add --with FOLDER/{}, or name its folder in LD_LIBRARY_PATH",
                    fs::path(name_).filename().string()));
  }

  std::string name_;
  std::shared_ptr<const Object> needed_by_;
  const SearchPlaces& places_;
  std::vector<std::string> looked_in_;
  std::optional<Object> found_;
};

/// Whether the loader itself answers to the name. It is in every bundle, at the place that the
/// program names.
bool is_loader(const std::string& name, Rules rules) {
  const auto file = fs::path(name).filename().string();
  if (rules == Rules::kGlibc) return file.starts_with("ld-linux");
  // musl's loader is its libc, and answers to the names of all that glibc has apart.
  constexpr std::array kOwn{"libc.",  "libpthread.", "librt.",   "libm.",
                            "libdl.", "libutil.",    "libxnet.", "ld-musl"};
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [&](const char* const own) { return file.starts_with(own); });
}

/// Parts of a list of folders, those that are empty left out.
std::vector<fs::path> folders_in(const std::string& text, const char* separators) {
  std::vector<fs::path> folders;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    if (end > begin) folders.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return folders;
}

void add_glibc_places(std::uint16_t machine, SearchPlaces& places) {
  std::error_code error;
  if (fs::is_regular_file("/etc/ld.so.cache", error)) {
    constexpr std::size_t kLargestCache = 64UL << 20U;
    places.cache = parse_ld_cache(read_beginning("/etc/ld.so.cache", kLargestCache), machine);
  }
  const auto arch = multiarch(machine);
  places.default_folders = {"/lib/" + arch, "/usr/lib/" + arch, "/lib64", "/usr/lib64",
                            "/lib",         "/usr/lib"};
}

void add_musl_places(std::uint16_t machine, SearchPlaces& places) {
  std::ifstream file(fmt::format("/etc/ld-musl-{}.path", machine_word(machine)));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  places.default_folders = folders_in(file ? text : "/lib:/usr/local/lib:/usr/lib", ":\n");
}

}  // namespace

SearchPlaces host_search_places(std::uint16_t machine, const std::string& interpreter) {
  SearchPlaces places;
  if (const char* const paths = std::getenv("LD_LIBRARY_PATH"); paths != nullptr) {
    places.ld_library_path = folders_in(paths, ":;");
  }
  if (fs::path(interpreter).filename().string().starts_with("ld-musl")) {
    places.rules = Rules::kMusl;
    add_musl_places(machine, places);
  } else {
    add_glibc_places(machine, places);
  }
  return places;
}

std::map<std::string, fs::path> find_libraries(const fs::path& program,
                                               const std::vector<fs::path>& with,
                                               const SearchPlaces& places) {
  std::map<std::string, fs::path> found;
  std::set<std::string> sonames;  // of what is loaded: who asks by it gets that
  const auto load = [&](std::shared_ptr<const Object> root) {
    // Breadth first, and a name once found stays so: the loader's own order.
    std::deque<std::shared_ptr<const Object>> waiting{std::move(root)};
    for (; !waiting.empty(); waiting.pop_front()) {
      const auto object = waiting.front();
      for (const auto& name : object->elf.needed) {
        const bool is_there = found.contains(name) || sonames.contains(name);
        if (is_there || is_loader(name, places.rules)) continue;
        auto library = std::make_shared<Object>(Search(name, object, places).find());
        found[name] = library->path;
        if (!library->elf.soname.empty()) sonames.insert(library->elf.soname);
        waiting.push_back(std::move(library));
      }
    }
  };
  const auto main = root_object(program, nullptr);
  load(main);
  for (const auto& file : with) load(root_object(file, main));
  return found;
}

}  // namespace strata::drivers
