#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace strata::drivers {

/// Where a loader looks, apart from what the files themselves say.
struct SearchPlaces {
  /// Which loader's rules: they differ in the order of places and in who inherits what.
  enum class Rules { kGlibc, kMusl };
  Rules rules = Rules::kGlibc;
  /// Files the user named (--with), by the names they answer to. Like all of a bundle's libraries
  /// they will lie where LD_LIBRARY_PATH says, so that is their place in the order.
  std::map<std::string, std::filesystem::path> given;
  std::vector<std::filesystem::path> ld_library_path;
  std::map<std::string, std::filesystem::path> cache;  ///< from ld.so.cache
  std::vector<std::filesystem::path> default_folders;
};

/// This host's places for programs of `machine` that name `interpreter` (PT_INTERP) as their
/// loader: $LD_LIBRARY_PATH; for glibc /etc/ld.so.cache and its default folders, for musl
/// /etc/ld-musl-ARCH.path or its default folders.
SearchPlaces host_search_places(std::uint16_t machine, const std::string& interpreter);

/// The shared libraries that `program` and the files in `with`, which it loads while it runs, need,
/// directly and through each other, as the loader would find them. For glibc (ld.so(8)): RPATH of
/// the file that needs one and of the files that needed it, LD_LIBRARY_PATH, RUNPATH of that file
/// alone, ld.so.cache, default folders. $ORIGIN, $LIB and $PLATFORM are expanded; a file of another
/// machine type is passed over. Returns the name it is asked by (with a slash: an absolute path) ->
/// path. Throws UsageError naming the library, who needs it, where it was looked for and what
/// helps.
std::map<std::string, std::filesystem::path> find_libraries(
    const std::filesystem::path& program, const std::vector<std::filesystem::path>& with,
    const SearchPlaces& places);

}  // namespace strata::drivers
