#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// A regular file of any size, of which only what is asked for is read.
class FileBytes {
 public:
  /// Throws UsageError if it can't be opened or is no regular file.
  explicit FileBytes(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Reads the bytes from `offset` on into `buffer` and returns how many there were. Throws
  /// UsageError if the system can't read them.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const;

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
};

/// The first bytes of a file, at most `limit`. Throws as FileBytes does.
std::vector<std::byte> read_beginning(const std::filesystem::path& path, std::size_t limit);

}  // namespace strata::drivers
