#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "results/vocabulary/unique_fd.h"

namespace strata::results {

/// Reads a file from its begin to its end. One that gzip packed comes unpacked: it is known by its
/// first bytes, whatever its name. Move-only; for one thread at a time.
class UnpackedFile {
 public:
  /// Throws UsageError if the file can't be opened.
  explicit UnpackedFile(std::filesystem::path path);
  UnpackedFile(UnpackedFile&&) noexcept;
  UnpackedFile& operator=(UnpackedFile&&) = delete;
  ~UnpackedFile();

  /// Puts up to `size` bytes (at least 2) into `into` and returns how many; 0 only at the end.
  /// Throws UsageError for a folder and for packed data that is damaged or cut off, and Error if
  /// the file can't be read.
  std::size_t read(char* into, std::size_t size);

 private:
  struct Packed;

  std::size_t read_raw(char* into, std::size_t size);
  std::size_t unpack(char* into, std::size_t size);

  std::filesystem::path path_;
  UniqueFd fd_;
  bool begun_ = false;
  std::unique_ptr<Packed> packed_;  ///< of a packed file
};

}  // namespace strata::results
