#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "results/vocabulary/unique_fd.h"

namespace strata::results {

/// Writes all of `text`, going on after EINTR and short writes. Returns 0, or the error number;
/// `written` says how much went out.
int write_fully(int fd, std::string_view text, std::size_t& written);

/// The entry of a new or renamed file is on the disk only after this. Throws Error.
void sync_folder(const std::filesystem::path& folder);

/// A file that is written in pieces. Throws Error, with its path, for anything the file system
/// refuses.
class OutputFile {
 public:
  /// A file that has no name and is gone with the object, on the same disk as `beside`.
  static OutputFile nameless(const std::filesystem::path& beside);
  /// The place where a new version of `path` is written before it takes the place of the old one:
  /// `path`.part. What a writer that was killed left there is written over. Throws UsageError if
  /// another process is writing it.
  static OutputFile next_version_of(const std::filesystem::path& path);

  OutputFile(OutputFile&&) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;
  /// A next version that was not put into place is removed.
  ~OutputFile();

  /// Append here, then call flush_if_full().
  std::string& buffer() { return buffer_; }
  void flush_if_full() {
    constexpr std::size_t kFull = 1UL << 20U;
    if (buffer_.size() >= kFull) flush();
  }
  void flush();
  /// Appends all of a nameless file.
  void append(OutputFile& other);
  /// Puts a next version into place, once it is on the disk; readers see the old or the new one.
  void replace();

 private:
  OutputFile() = default;

  std::filesystem::path path_;    ///< where it is, for error texts
  std::filesystem::path target_;  ///< what it is to replace; empty: nothing, or replaced already
  UniqueFd fd_;
  off_t size_ = 0;  ///< bytes flushed
  std::string buffer_;
};

/// Puts `text` into the place of `path`: readers see the old file or the whole new one.
void replace_file(const std::filesystem::path& path, std::string text);

}  // namespace strata::results
