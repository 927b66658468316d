#include "drivers/ld_cache.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace strata::drivers {
namespace {

constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";

struct Header {
  char magic[20];
  std::uint32_t count;
  std::uint32_t names_size;
  std::uint8_t flags;
  std::uint8_t padding[3];
  std::uint32_t extension_offset;
  std::uint32_t unused[3];
};
static_assert(sizeof(Header) == 48);

struct Entry {
  std::int32_t flags;
  std::uint32_t name;  ///< offsets from the header
  std::uint32_t path;
  std::uint32_t os_version;
  std::uint64_t hardware;
};
static_assert(sizeof(Entry) == 24);

/// The low byte says ELF library of libc 6, the next the machine (glibc,
/// sysdeps/generic/ldconfig.h).
constexpr std::int32_t kElfLibc6 = 0x0003;
constexpr std::int32_t kX8664 = 0x0300;
constexpr std::int32_t kAarch64 = 0x0a00;

/// Bounds on what a damaged file can make of us.
constexpr std::size_t kMostEntries = 65536;
constexpr std::size_t kLongestName = 4096;

std::optional<std::string> text_at(std::span<const std::byte> bytes, std::uint32_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  auto rest = bytes.subspan(offset);
  rest = rest.first(std::min(rest.size(), kLongestName));
  const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
  if (end == rest.end()) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(rest.data()),
                     static_cast<std::size_t>(end - rest.begin()));
}

}  // namespace

std::map<std::string, std::filesystem::path> parse_ld_cache(std::span<const std::byte> bytes,
                                                            std::uint16_t machine) {
  std::map<std::string, std::filesystem::path> libraries;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto begin = text.find(kMagic);
  if (begin == std::string_view::npos) return libraries;
  bytes = bytes.subspan(begin);
  if (bytes.size() < sizeof(Header)) return libraries;
  Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto wanted = kElfLibc6 | (machine == EM_AARCH64 ? kAarch64 : kX8664);
  const auto room = std::min(kMostEntries, (bytes.size() - sizeof(Header)) / sizeof(Entry));
  for (std::size_t i = 0; i < std::min<std::size_t>(header.count, room); ++i) {
    Entry entry{};
    std::memcpy(&entry, bytes.data() + sizeof(Header) + i * sizeof(Entry), sizeof entry);
    if (entry.flags != wanted || entry.hardware != 0) continue;
    auto name = text_at(bytes, entry.name);
    auto path = text_at(bytes, entry.path);
    if (name && path && path->starts_with('/')) {
      libraries.try_emplace(std::move(*name), std::move(*path));
    }
  }
  return libraries;
}

}  // namespace strata::drivers
