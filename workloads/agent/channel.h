#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "workloads/wire/frame.h"

namespace strata::agent {

/// One whole frame, as long as the next call on the channel.
struct Frame {
  wire::FrameType type = wire::FrameType::kFault;
  std::span<const std::byte> payload;
};

/// The agent's end of the conversation: frames come on one descriptor and go on another, which stay
/// the caller's. Without exceptions: every call says what happened.
class Channel {
 public:
  enum class Status {
    kFrame,    ///< `frame` is set
    kNothing,  ///< no whole frame has come yet
    kEnd,      ///< the host has closed the stream, between two frames
    kBroken,   ///< what came is no frame, or the stream ended inside one; see fault()
  };

  Channel(int in, int out) : in_(in), out_(out) {}

  /// Waits for a whole frame.
  Status next(Frame& frame);
  /// Reads what has come without interpreting it; kNothing, kEnd or kBroken. For use while a job
  /// runs: the frames wait for next().
  Status take_what_came();
  /// Takes the next frame away if it has come whole and is of this type, and empty.
  bool take_signal(wire::FrameType type);
  [[nodiscard]] std::string_view fault() const { return fault_; }
  /// Can be read when something has come.
  [[nodiscard]] int descriptor() const { return in_; }

  /// Sends one frame, or as many as the payload needs. False: the host is gone.
  bool send(wire::FrameType type, std::span<const std::byte> payload);
  bool send(wire::FrameType type, std::string_view text);

 private:
  Status take_frame(Frame& frame);

  int in_;
  int out_;
  std::vector<std::byte> received_;
  std::size_t used_ = 0;  ///< bytes at the front of received_ that the last frame stood in
  std::string_view fault_;
};

}  // namespace strata::agent
