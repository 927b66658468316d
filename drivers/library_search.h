#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace strata::drivers {

/// Where a loader of this machine type looks, apart from what the files themselves say.
struct SearchPlaces {
  std::vector<std::filesystem::path> ld_library_path;
  std::map<std::string, std::filesystem::path> cache;  ///< from ld.so.cache
  std::vector<std::filesystem::path> default_folders;
};

/// This host's: $LD_LIBRARY_PATH, /etc/ld.so.cache, /lib, /usr/lib and the multiarch folders.
SearchPlaces host_search_places(std::uint16_t machine);

/// The shared libraries that the ELF files at `roots` need, directly and through each other, as
/// glibc's loader would find them (ld.so(8)): RPATH of the file that needs one and of the files
/// that needed it, LD_LIBRARY_PATH, RUNPATH of that file alone, ld.so.cache, default folders;
/// $ORIGIN, $LIB and $PLATFORM expanded; a library of another machine type is passed over. Name it
/// is asked by -> path. Throws UsageError naming the library, who needs it, and where it was looked
/// for.
std::map<std::string, std::filesystem::path> find_libraries(
    const std::vector<std::filesystem::path>& roots, const SearchPlaces& places);

}  // namespace strata::drivers
