#include "drivers/kvm/cpio_archive.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "drivers/file_bytes.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

constexpr std::size_t kAlignment = 4;
constexpr std::size_t kPiece = 256UL * 1024;
constexpr std::string_view kTrailer = "TRAILER!!!";

bool is_possible(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/') return false;
  if (path.find('\0') != std::string_view::npos || path == kTrailer) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

struct CpioArchive::Entry {
  mode_t mode = 0;
  std::uint64_t size = 0;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};

void CpioArchive::put(std::string_view bytes) {
  sink_(std::as_bytes(std::span(bytes)));
  size_ += bytes.size();
}

void CpioArchive::pad() {
  constexpr std::string_view kZeros("\0\0\0", kAlignment - 1);
  put(kZeros.substr(0, (kAlignment - size_ % kAlignment) % kAlignment));
}

void CpioArchive::begin(std::string_view path, const Entry& entry) {
  const auto tried = fmt::format("put {} into an initramfs", path);
  if (entry.size > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(tried, "it is larger than the 4 GiB that the format allows");
  }
  if (path != kTrailer) {
    if (!is_possible(path)) throw Error(tried, "no file can have this path");
    if (const auto slash = path.rfind('/'); slash != std::string_view::npos) {
      const auto folder = path.substr(0, slash);
      if (!paths_.contains(folder)) add_folder(folder);
    }
    if (!paths_.emplace(path).second) throw Error(tried, "it is there already");
  }
  const bool is_folder = S_ISDIR(entry.mode);
  // magic, inode, mode, uid, gid, links, time, size, device of the file (2), device (2), length of
  // the name with its zero, check sum
  put(fmt::format(
      "070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
      path == kTrailer ? 0 : ++number_, entry.mode, 0, 0, is_folder ? 2 : 1, 0, entry.size, 0, 0,
      entry.major, entry.minor, path.size() + 1, 0));
  put(path);
  put(std::string_view("\0", 1));
  pad();
}

void CpioArchive::add_folder(std::string_view path) { begin(path, {.mode = S_IFDIR | 0755}); }

void CpioArchive::add_file(std::string_view path, std::string_view content, bool executable) {
  begin(path, {.mode = S_IFREG | (executable ? 0755U : 0644U), .size = content.size()});
  put(content);
  pad();
}

void CpioArchive::add_file_of_host(std::string_view path, const std::filesystem::path& source,
                                   bool executable) {
  const FileBytes file(source);
  begin(path, {.mode = S_IFREG | (executable ? 0755U : 0644U), .size = file.size()});
  std::vector<std::byte> piece(kPiece);
  for (std::uint64_t offset = 0; offset < file.size();) {
    const auto wanted = std::min<std::uint64_t>(piece.size(), file.size() - offset);
    const auto count = file.read_at(offset, std::span(piece).first(wanted));
    if (count == 0) {
      throw Error(fmt::format("put {} into an initramfs", source.string()),
                  "it has become shorter while it was read",
                  "don't rebuild a program while it is being measured; start the run again");
    }
    sink_(std::span(piece).first(count));
    size_ += count;
    offset += count;
  }
  pad();
}

void CpioArchive::add_link(std::string_view path, std::string_view target) {
  begin(path, {.mode = S_IFLNK | 0777, .size = target.size()});
  put(target);
  pad();
}

void CpioArchive::add_device(std::string_view path, std::uint32_t major, std::uint32_t minor) {
  begin(path, {.mode = S_IFCHR | 0600, .major = major, .minor = minor});
}

void CpioArchive::finish() { begin(kTrailer, {}); }

}  // namespace strata::drivers
