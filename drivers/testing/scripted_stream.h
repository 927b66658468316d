#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "drivers/byte_stream.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers::testing {

/// A stream for tests: its other end says what it is told to, when it is told to, on a ManualClock.
/// Waiting for what never comes takes the clock to the deadline.
class ScriptedStream : public ByteStream {
 public:
  explicit ScriptedStream(ManualClock& clock) : clock_(clock) {}

  /// The bytes arrive `after` the ones before, or after now if those have been read.
  void say(std::string bytes, Duration after = Duration::zero());
  void end() { ended_ = true; }
  /// All that was written to it.
  [[nodiscard]] const std::string& written() const { return written_; }

  std::function<std::size_t()> piece;  ///< how many bytes a read gives at most

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return arrival_; }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;

 private:
  struct Piece {
    std::string bytes;
    Duration after;
  };
  ManualClock& clock_;
  std::deque<Piece> pieces_;
  TimePoint arrival_;
  std::string written_;
  bool ended_ = false;
};

}  // namespace strata::drivers::testing
