#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "drivers/byte_stream.h"
#include "results/vocabulary/manual_clock.h"
#include "workloads/wire/frame.h"

namespace strata::drivers::testing {

/// A frame's bytes.
std::string frame(wire::FrameType type, std::string_view payload);

/// "{"exit":0,…}", the sample of a program that did well.
std::string good_sample();

/// The other end of an AgentConnection for tests: says what it is told to, when it is told to, on a
/// ManualClock. Waiting for what never comes takes the clock to the deadline.
class ScriptedAgent final : public ByteStream {
 public:
  explicit ScriptedAgent(ManualClock& clock) : clock_(clock) {}

  /// The bytes arrive `after` the ones before, or after now if those have been read.
  void say(std::string bytes, Duration after = Duration::zero());
  /// The first byte, the hello, and an answer to every ping.
  void say_hello();
  /// Answers pings; what else the host sends goes to on_frame.
  void answer_pings();
  void end() { ended_ = true; }
  /// From now on nothing can be written.
  void close_input() { input_closed_ = true; }

  std::function<void(wire::FrameType type, const std::string& payload)> on_frame;
  std::function<std::size_t()> piece;  ///< how many bytes a read gives at most
  std::string side;

  std::size_t read_some(std::span<std::byte> buffer, Deadline deadline) override;
  [[nodiscard]] TimePoint arrival() const override { return arrival_; }
  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;
  [[nodiscard]] std::string_view side_output() const override { return side; }

 private:
  struct Piece {
    std::string bytes;
    Duration after;
  };
  ManualClock& clock_;
  std::deque<Piece> pieces_;
  TimePoint arrival_;
  std::string written_;  ///< by the host, not yet a whole frame
  bool ended_ = false;
  bool input_closed_ = false;
};

}  // namespace strata::drivers::testing
