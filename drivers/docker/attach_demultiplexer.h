#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace strata::drivers {

/// Takes the stream of an attached container apart. The engine sends pieces of stdout and stderr
/// behind headers of eight bytes: which (1, 2), three zero bytes, length (big-endian). Outside
/// data. No I/O of its own.
class AttachDemultiplexer {
 public:
  /// Puts the stdout among `bytes` behind `output`, and the stderr into side(). False: they are no
  /// such stream; what follows is of no use.
  bool add(std::span<const std::byte> bytes, std::string& output);
  /// Whether the stream may end here: not inside a header or a piece.
  [[nodiscard]] bool is_between_pieces() const { return header_size_ == 0 && piece_left_ == 0; }
  /// What came on stderr, at most its first 64 KiB.
  [[nodiscard]] const std::string& side() const { return side_; }

 private:
  bool read_header();

  std::array<std::byte, 8> header_{};
  std::size_t header_size_ = 0;  ///< how many bytes of it have come
  std::size_t piece_left_ = 0;
  bool to_side_ = false;
  std::string side_;
};

}  // namespace strata::drivers
