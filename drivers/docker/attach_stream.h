#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>

#include "drivers/byte_stream.h"
#include "drivers/docker/attach_demultiplexer.h"
#include "drivers/docker/engine_client.h"
#include "drivers/fd_stream.h"

namespace strata::drivers {

/// The standard streams of a container that is attached to before it is started. What comes is kept
/// with the moment it came, since the first bytes come while the call that starts the container is
/// still under way.
class AttachStream final : public ByteStream {
 public:
  /// Attaches to container `id` on a connection of its own. Throws as the client's calls do.
  static std::unique_ptr<AttachStream> open(EngineClient& engine, const std::string& id,
                                            Deadline deadline);
  /// Over a connection that is such a stream already. The clock must outlive it.
  AttachStream(UniqueFd fd, const Clock& clock);

  /// Takes what has come, without waiting. False: the stream has ended, or brought so much that the
  /// rest has to wait for read_some.
  bool pump();
  /// The descriptor to watch for pump().
  [[nodiscard]] int fd() const { return socket_.fd(); }

  /// Throws Error for what is no stream of an engine, or ends inside a piece.
  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return arrival_; }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;
  [[nodiscard]] std::string_view side_output() const override { return demultiplexer_.side(); }
  [[nodiscard]] bool has_ended() const { return ended_; }

 private:
  struct Piece {
    std::string bytes;
    TimePoint arrival;
  };
  /// Asks for the stream on a connection that speaks HTTP, and reads the answer's head.
  void upgrade(const std::string& path, const std::string& tried, Deadline deadline);
  /// Reads once. Sets ended_ at the end.
  void receive(Deadline deadline);
  void take(std::span<const std::byte> bytes);

  FdStream socket_;
  const Clock& clock_;
  AttachDemultiplexer demultiplexer_;
  std::deque<Piece> pieces_;  ///< stdout that came and was not yet asked for
  std::size_t kept_ = 0;      ///< bytes in them
  std::size_t read_ = 0;      ///< bytes of the first of them that were given away
  TimePoint arrival_;
  bool ended_ = false;
};

}  // namespace strata::drivers
