#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace strata::drivers {

/// The libraries that /etc/ld.so.cache lists for one machine type: soname -> path. Where it has
/// several of one name, the one without hardware capabilities. An empty map for bytes that are no
/// such cache: the loader then falls back to its default folders, and so do we. Format: glibc,
/// elf/dl-cache.h, "glibc-ld.so.cache1.1", alone or behind the older one.
std::map<std::string, std::filesystem::path> parse_ld_cache(std::span<const std::byte> bytes,
                                                            std::uint16_t machine);

}  // namespace strata::drivers
