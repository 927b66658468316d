#include "drivers/faas/function_zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <system_error>
#include <vector>

#include "drivers/file_bytes.h"
#include "drivers/file_digest.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostUnpacked = 250UL << 20U;
constexpr std::string_view kAgentPath = "strata/agent";
constexpr std::string_view kBootstrap = "bootstrap";

// The numbers of the format: PKWARE's APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16.
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint16_t kVersionNeeded = 20;  // with deflate
constexpr std::uint16_t kMadeOnUnix = 3U << 8U | kVersionNeeded;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kFirstDay = 1U << 5U | 1U;  // 1980-01-01, the first there is

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value);
  out += static_cast<char>(value >> 8U);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value);
  put16(out, value >> 16U);
}

/// One file, packed.
struct Entry {
  std::string name;
  std::uint32_t mode = 0;
  std::uint32_t checksum = 0;
  std::uint32_t size = 0;
  std::uint32_t packed = 0;
  std::uint32_t at = 0;  ///< where its local header begins
};

/// What stands alike in both headers of an entry.
void put_common(std::string& out, const Entry& entry) {
  put16(out, kVersionNeeded);
  put16(out, 0);  // no flags
  put16(out, kDeflated);
  put16(out, 0);  // midnight
  put16(out, kFirstDay);
  put32(out, entry.checksum);
  put32(out, entry.packed);
  put32(out, entry.size);
  put16(out, static_cast<std::uint32_t>(entry.name.size()));
  put16(out, 0);  // nothing extra
}

void put_central(std::string& out, const Entry& entry) {
  put32(out, kCentralHeader);
  put16(out, kMadeOnUnix);
  put_common(out, entry);
  put16(out, 0);  // no comment
  put16(out, 0);  // on the first disk
  put16(out, 0);
  constexpr std::uint32_t kRegular = 0100000;
  put32(out, (kRegular | entry.mode) << 16U);
  put32(out, entry.at);
  out += entry.name;
}

std::vector<std::byte> bytes_of(const BundleFile& file) {
  auto bytes = read_beginning(file.source, file.size.count + 1);
  Sha256 digest;
  digest.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (digest.finish() == file.sha256) return bytes;
  throw UsageError(fmt::format("pack {} for a function", file.source.string()),
                   "its bytes are no longer those that the bundle was made of",
                   "don't rebuild a program while it is being measured; start the run again");
}

std::string deflated(std::span<const std::byte> bytes) {
  z_stream stream{};
  constexpr int kRaw = -MAX_WBITS;
  constexpr int kMemoryLevel = 8;
  const auto fail = [] {
    return Error("pack a function", "zlib could not compress it", "is there enough memory?");
  };
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRaw, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw fail();
  }
  std::string packed(::deflateBound(&stream, bytes.size()), '\0');
  // zlib does not change what it reads; its type is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int done = ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (done != Z_STREAM_END) throw fail();
  return packed;
}

void require_room(const Bundle& bundle) {
  std::uint64_t size = 0;
  for (const auto& file : bundle.files) size += file.size.count;
  if (size <= kMostUnpacked) return;
  throw UsageError("pack a bundle for a function",
                   fmt::format("its files have {} MiB, and a platform takes 250", size >> 20U),
                   "use a program with fewer or smaller libraries");
}

}  // namespace

std::string make_function_zip(const Bundle& bundle, Deadline deadline) {
  require_room(bundle);
  std::string zip;
  std::vector<Entry> entries;
  entries.reserve(bundle.files.size());
  for (const auto& file : bundle.files) {
    if (deadline.expired()) {
      throw DeadlineExceeded(
          "pack a bundle for a function",
          fmt::format("it took too long to pack its {} files", bundle.files.size()));
    }
    const auto bytes = bytes_of(file);
    const auto packed = deflated(bytes);
    Entry entry;
    entry.name = file.path == kAgentPath ? kBootstrap : file.path;
    entry.mode = file.executable ? 0755 : 0644;
    entry.checksum = static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    entry.size = static_cast<std::uint32_t>(bytes.size());
    entry.packed = static_cast<std::uint32_t>(packed.size());
    entry.at = static_cast<std::uint32_t>(zip.size());
    put32(zip, kLocalHeader);
    put_common(zip, entry);
    zip += entry.name;
    zip += packed;
    entries.push_back(std::move(entry));
  }
  const auto central_at = static_cast<std::uint32_t>(zip.size());
  for (const auto& entry : entries) put_central(zip, entry);
  const auto central_size = static_cast<std::uint32_t>(zip.size()) - central_at;
  put32(zip, kEnd);
  put16(zip, 0);  // of one disk
  put16(zip, 0);
  put16(zip, static_cast<std::uint32_t>(entries.size()));
  put16(zip, static_cast<std::uint32_t>(entries.size()));
  put32(zip, central_size);
  put32(zip, central_at);
  put16(zip, 0);  // no comment
  return zip;
}

std::string loader_in(const Bundle& bundle) {
  for (const auto& file : bundle.files) {
    const auto name = fs::path(file.path).filename().string();
    if (name.starts_with("ld-") && file.path.starts_with("lib")) return file.path;
  }
  return {};
}

fs::path provide_function_zip(const Bundle& bundle, const fs::path& cache, std::string_view run_id,
                              Deadline deadline) {
  const auto folder = cache / "functions";
  auto path = folder / (bundle.digest + ".zip");
  if (fs::exists(path)) return path;
  const auto zip = make_function_zip(bundle, deadline);
  const auto being_made = folder / fmt::format("{}.{}", bundle.digest, run_id);
  const auto tried = fmt::format("write the function's zip to {}", being_made.string());
  std::error_code error;
  fs::create_directories(folder, error);
  std::ofstream file(being_made, std::ios::binary | std::ios::trunc);
  file << zip;
  file.close();
  if (!file) {
    fs::remove(being_made, error);
    throw Error(tried, "it could not be written whole",
                "is the disk full? XDG_CACHE_HOME names another place");
  }
  fs::rename(being_made, path, error);
  if (error) throw Error(tried, error.message());
  return path;
}

}  // namespace strata::drivers::faas
