#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace strata::drivers::faas::emulator {

/// What an archive may be at most; as on AWS.
struct ZipLimits {
  std::uint64_t unpacked_bytes = 250ULL << 20U;
  std::uint64_t entries = 65'535;
};

/// Unpacks a zip into an empty folder. Nothing in it is trusted: absolute paths, "..", links,
/// devices, names that come twice, entries that unpack to more than they say or that together are
/// more than allowed, encrypted or damaged ones are refused with an ApiError that names the entry,
/// and nothing is written outside the folder. Files are executable if their entry says so.
void unpack_zip(std::string_view bytes, const std::filesystem::path& folder,
                const ZipLimits& limits = {});

/// Whether `name` is a plain relative path: no empty part, ".", "..", backslash or control
/// character.
bool is_plain_path(std::string_view name);

}  // namespace strata::drivers::faas::emulator
