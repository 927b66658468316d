#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "drivers/testing/scripted_stream.h"
#include "workloads/wire/frame.h"

namespace strata::drivers::testing {

/// A frame's bytes.
std::string frame(wire::FrameType type, std::string_view payload);

/// "{"exit":0,…}", the sample of a program that did well.
std::string good_sample();

/// The other end of an AgentConnection for tests, which answers in frames.
class ScriptedAgent final : public ScriptedStream {
 public:
  using ScriptedStream::ScriptedStream;

  /// The first byte, the hello, and an answer to every ping.
  void say_hello();
  /// Answers pings; what else the host sends goes to on_frame.
  void answer_pings();
  /// From now on nothing can be written.
  void close_input() { input_closed_ = true; }

  std::function<void(wire::FrameType type, const std::string& payload)> on_frame;
  std::string side;

  void write_all(std::span<const std::byte> bytes, Deadline deadline) override;
  [[nodiscard]] std::string_view side_output() const override { return side; }

 private:
  std::string unread_;  ///< what the host wrote and is not yet a whole frame
  bool input_closed_ = false;
};

}  // namespace strata::drivers::testing
