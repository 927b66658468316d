#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::results {

/// Reads a file line by line, from where its descriptor stands. Does not own the descriptor.
class LineReader {
 public:
  /// Bytes behind a line that may be read (not used): a parser that reads in wide pieces needs
  /// them.
  static constexpr std::size_t kPadding = 64;

  /// `name` is for error texts.
  LineReader(int fd, std::string name);

  /// Sets `line` to the next line, without its end; it holds until the next call. False at the end
  /// of the file; what stands after the last line end is no line but rest(). Throws Error if the
  /// file can't be read.
  bool next(std::string_view& line);

  /// The number of the line last read, from 1.
  [[nodiscard]] std::size_t number() const { return number_; }
  /// Bytes up to the end of the line last read, its line end included.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// After next() returned false: what follows the last line end.
  [[nodiscard]] std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }

 private:
  bool fill();

  int fd_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< [begin_, end_) is read from the file and not yet handed out
  std::size_t end_ = 0;
  std::size_t number_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace strata::results
