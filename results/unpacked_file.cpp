#include "results/unpacked_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::results {
namespace {

UsageError cant_read(const std::filesystem::path& path, int error) {
  return {fmt::format("read {}", path.string()), std::generic_category().message(error),
          "check the path"};
}

}  // namespace

/// What unpacks: zlib's state points to itself, so it stays where it is.
struct UnpackedFile::Packed {
  z_stream stream{};
  std::array<char, 1UL << 16U> bytes{};
  bool in_member = true;  ///< a file may be several packed ones, one after the other

  Packed() {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) {
      throw Error("unpack a result", "zlib does not start");
    }
  }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;
  ~Packed() { inflateEnd(&stream); }

  void feed(std::size_t size) {
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(size);
  }
};

UnpackedFile::UnpackedFile(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!fd_) throw cant_read(path_, errno);
}

UnpackedFile::UnpackedFile(UnpackedFile&&) noexcept = default;
UnpackedFile::~UnpackedFile() = default;

std::size_t UnpackedFile::read(char* into, std::size_t size) {
  if (packed_) return unpack(into, size);
  if (std::exchange(begun_, true)) return read_raw(into, size);
  // The first two bytes say what it is; a pipe may hand them out one by one.
  constexpr std::size_t kMagic = 2;
  std::size_t count = 0;
  while (count < kMagic) {
    const auto more = read_raw(into + count, kMagic - count);
    if (more == 0) return count;
    count += more;
  }
  if (into[0] != '\x1f' || into[1] != '\x8b') return count;
  packed_ = std::make_unique<Packed>();
  packed_->bytes[0] = into[0];
  packed_->bytes[1] = into[1];
  packed_->feed(kMagic);
  return unpack(into, size);
}

std::size_t UnpackedFile::read_raw(char* into, std::size_t size) {
  for (;;) {
    const auto count = ::read(fd_.get(), into, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EISDIR) throw cant_read(path_, errno);
    if (errno != EINTR) throw system_error(fmt::format("read {}", path_.string()), errno);
  }
}

std::size_t UnpackedFile::unpack(char* into, std::size_t size) {
  auto& stream = packed_->stream;
  const auto refuse = [&](const char* said) {
    return UsageError(fmt::format("unpack {}", path_.string()), said,
                      "it was changed or cut off: fetch or pack it again");
  };
  stream.next_out = reinterpret_cast<Bytef*>(into);
  stream.avail_out = static_cast<uInt>(size);
  while (stream.avail_out == size) {
    if (stream.avail_in == 0) packed_->feed(read_raw(packed_->bytes.data(), packed_->bytes.size()));
    if (stream.avail_in == 0) {
      if (packed_->in_member) throw refuse("its packed data ends too early");
      return 0;
    }
    if (!std::exchange(packed_->in_member, true)) inflateReset(&stream);
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      packed_->in_member = false;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw refuse(stream.msg != nullptr ? stream.msg : zError(status));
    }
  }
  return size - stream.avail_out;
}

}  // namespace strata::results
