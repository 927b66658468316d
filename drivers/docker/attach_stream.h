#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include "drivers/byte_stream.h"
#include "drivers/docker/engine_client.h"
#include "drivers/fd_stream.h"

namespace strata::drivers {

/// Takes an attached container's stream apart. The engine sends pieces of stdout and stderr behind
/// headers of eight bytes: which (1, 2), three zero bytes, length (big-endian). Outside data: a
/// header that is none ends it. No I/O of its own.
class AttachDemultiplexer {
 public:
  /// Puts the stdout among `bytes` into `output` and the stderr into side(). False: they are no
  /// such stream.
  bool add(std::span<const std::byte> bytes, std::string& output);
  /// What came on stderr, at most its first 64 KiB.
  [[nodiscard]] const std::string& side() const { return side_; }

 private:
  std::array<std::byte, 8> header_{};
  std::size_t header_size_ = 0;
  std::size_t piece_left_ = 0;
  bool to_side_ = false;
  std::string side_;
};

/// The stream of a container that was attached before it was started. Pieces are kept with the
/// moment they came, since the first ones come while the call that starts the container is still
/// under way.
class AttachStream final : public ByteStream {
 public:
  AttachStream(EngineClient::Hijacked hijacked, const Clock& clock);

  /// Takes what has come, without waiting. False: the stream has ended.
  bool pump();

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return arrival_; }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;
  [[nodiscard]] std::string_view side_output() const override { return demultiplexer_.side(); }
  [[nodiscard]] int fd() const { return socket_.fd(); }

 private:
  struct Piece {
    std::string bytes;
    TimePoint arrival;
  };
  void take(std::span<const std::byte> bytes);

  FdStream socket_;
  const Clock& clock_;
  AttachDemultiplexer demultiplexer_;
  std::deque<Piece> pieces_;  ///< stdout that came and was not yet asked for
  TimePoint arrival_;
  bool ended_ = false;
};

}  // namespace strata::drivers
