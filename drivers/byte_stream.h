#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "results/vocabulary/clock.h"

namespace strata::drivers {

/// A two-way stream of bytes to an agent, whatever carries it: a socket pair, an attached container
/// stream, a virtio port. Used from one thread.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Waits for at least one byte and returns how many were put into `buffer`; 0 at end of stream.
  /// Throws DeadlineExceeded, and Error if the stream broke.
  virtual std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) = 0;
  /// When the bytes that read_some returned last reached this host, on the deadline's clock.
  [[nodiscard]] virtual TimePoint arrival() const = 0;
  /// Writes all of `bytes`. Throws as read_some does.
  virtual void write_all(std::span<const std::byte> bytes, Deadline deadline) = 0;
  /// What the agent printed on the side (its stderr), for error texts; empty if the carrier has
  /// none.
  [[nodiscard]] virtual std::string_view side_output() const { return {}; }
};

}  // namespace strata::drivers
