#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "drivers/byte_stream.h"
#include "drivers/job.h"
#include "results/vocabulary/stamps.h"
#include "workloads/wire/frame.h"

namespace strata::drivers {

/// The host's end of the conversation with an agent: the same in every paradigm. Speaks the frames
/// of workloads/wire/frame.h over a ByteStream, stamps what arrives, and turns every breach of the
/// protocol into an Error that says what came. Nothing the agent sends is trusted, and none of it
/// can keep a call beyond its deadline. Used from one thread; owns neither stream nor stamps. After
/// a call has thrown Error, all that follow do so at once.
class AgentConnection {
 public:
  AgentConnection(ByteStream& stream, Stamps& stamps) : stream_(stream), stamps_(stamps) {}

  /// Waits for the agent's first byte (stamps `main`) and hello (stamps `ready`), then measures the
  /// signal's round trip (stamps.signal_round_trip).
  void await_hello(Deadline deadline);
  /// Sends the job, waits for its output and sample (stamps `first_result` the first time). Throws
  /// UsageError for a job that can't be sent and Error for a program that can't be started; the
  /// connection is as good as before then.
  Outcome run(const Job& job, Deadline deadline);
  /// Asks the agent to end and waits for the end of the stream (stamps `stopped`).
  void stop(Deadline deadline);

 private:
  struct Incoming;

  /// Throws Error if a call before this one has thrown: what comes next in the stream is anybody's
  /// guess then.
  void begin(const std::string& tried);
  /// Waits for a whole frame. Throws if the stream ends before, and for a fault that the agent
  /// reports.
  Incoming next_frame(Deadline deadline, const std::string& tried);
  /// Reads at least one byte more into received_. False: the stream has ended.
  bool receive(Deadline deadline, const std::string& tried);
  void send(wire::FrameType type, std::span<const std::byte> payload, Deadline deadline,
            const std::string& tried);
  void measure_round_trip(Deadline deadline);
  [[noreturn]] void fail_at_end(const std::string& tried) const;
  [[nodiscard]] std::string with_side_output(std::string said) const;

  ByteStream& stream_;
  Stamps& stamps_;
  std::vector<std::byte> received_;  ///< bytes that came and are not yet a whole frame
  bool unfinished_ = false;          ///< a call is under way, or has thrown
};

}  // namespace strata::drivers
