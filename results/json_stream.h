#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "results/unpacked_file.h"

namespace strata::results {

/// Walks over a JSON file of any size, plain or packed by gzip, in bounded memory: the caller goes
/// into objects and arrays, takes some values as text for a parser of its own, and passes over the
/// rest. What is taken or passed over is only checked for balanced brackets and closed strings.
/// Outside data, nothing in it is trusted: throws UsageError that names the byte (of the unpacked
/// file) where it is not as expected, and Error if it can't be read.
class JsonStream {
 public:
  /// Throws UsageError if the file can't be opened.
  explicit JsonStream(const std::filesystem::path& path);

  /// Goes into an object; then, for each member, next_key() and one call that consumes its value.
  void begin_object();
  /// Sets `key` (as it stands in the file, escapes not resolved) and returns true, or leaves the
  /// object and returns false.
  bool next_key(std::string& key);
  /// Goes into an array; then, for each element, next_element() and one call that consumes it.
  void begin_array();
  bool next_element();

  /// The next value's text; holds until the next call.
  std::string_view take_value();
  void skip_value();

  /// Throws unless nothing but white space follows.
  void expect_end();

 private:
  [[noreturn]] void fail(const std::string& said) const;
  bool fill();
  /// The next byte that is no white space, not consumed; -1 at the end.
  int peek();
  void expect(char c);
  void pass_value(std::string* keep);

  std::filesystem::path path_;
  UnpackedFile file_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::uint64_t before_ = 0;  ///< unpacked bytes before the buffer
  std::string taken_;
  bool first_ = false;  ///< nothing of the innermost object or array has been handed out yet
};

}  // namespace strata::results
