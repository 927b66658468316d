#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "results/vocabulary/bytes.h"

namespace strata::drivers {

/// Writes an archive as the kernel takes it for an initramfs: cpio's "newc" format (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst). Everything in it belongs to root
/// and has the time 0, so that the same files give the same bytes. Folders that a path needs are
/// added before it.
class CpioArchive {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;

  /// `sink` gets the archive piece by piece.
  explicit CpioArchive(Sink sink) : sink_(std::move(sink)) {}

  /// Paths are relative, without "." or "..". Each throws Error for a path that can't be or was
  /// added before; those that read a file also if it can't be read or changes its size meanwhile.
  void add_folder(std::string_view path);
  void add_file(std::string_view path, std::string_view content, bool executable);
  void add_file_of_host(std::string_view path, const std::filesystem::path& source,
                        bool executable);
  void add_link(std::string_view path, std::string_view target);
  /// A character device of mode 0600.
  void add_device(std::string_view path, std::uint32_t major, std::uint32_t minor);
  /// The entry that ends the archive. Nothing may be added after it.
  void finish();

  [[nodiscard]] Bytes size() const { return {size_}; }

 private:
  struct Entry;
  void begin(std::string_view path, const Entry& entry);
  void put(std::string_view bytes);
  void pad();

  Sink sink_;
  std::uint64_t size_ = 0;
  std::uint32_t number_ = 0;
  std::set<std::string, std::less<>> paths_;
};

}  // namespace strata::drivers
