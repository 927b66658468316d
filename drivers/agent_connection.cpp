#include "drivers/agent_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "drivers/job_codec.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using wire::FrameType;
using Json = nlohmann::json;

/// Small, since the buffer is cleared before each read and a startup waits for two of them.
constexpr std::size_t kReadSize = 16UL * 1024;
/// The least of several: what a round trip costs when nothing else got in its way.
constexpr int kRoundTrips = 5;
/// How long an agent that takes nothing any more may need to say why.
constexpr auto kLastWords = std::chrono::seconds(1);

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void require_hello(FrameType type, std::span<const std::byte> payload, const std::string& tried) {
  constexpr auto kBuildBoth = "strata and strata-agent are of different builds: build both again";
  if (type != FrameType::kHello) {
    throw Error(tried, "it began with another frame than a hello", kBuildBoth);
  }
  const auto json = Json::parse(as_text(payload), nullptr, false);
  const auto protocol = json.is_object() ? json.value("protocol", Json()) : Json();
  if (!protocol.is_number_unsigned()) {
    throw Error(tried, fmt::format("its hello is none: {}", printable(payload)), kBuildBoth);
  }
  if (protocol.get<std::uint64_t>() != wire::kProtocolVersion) {
    throw Error(tried,
                fmt::format("it speaks protocol {}, this strata {}", protocol.get<std::uint64_t>(),
                            wire::kProtocolVersion),
                kBuildBoth);
  }
}

}  // namespace

struct AgentConnection::Incoming {
  FrameType type = FrameType::kFault;
  std::vector<std::byte> payload;
  TimePoint at;  ///< when its last byte arrived
};

std::string AgentConnection::with_side_output(std::string said) const {
  const auto side = stream_.side_output();
  if (!side.empty()) said += fmt::format("; it printed: {}", printable(side, 1000));
  return said;
}

bool AgentConnection::receive(Deadline deadline, const std::string& tried) {
  // Also when bytes are there: an agent that floods us must not keep us for ever.
  const auto late = [&] {
    return DeadlineExceeded(tried,
                            with_side_output("the agent did not answer before the deadline"));
  };
  if (deadline.expired()) throw late();
  const auto before = received_.size();
  received_.resize(before + kReadSize);
  std::size_t count = 0;
  try {
    count = stream_.read_some(std::span(received_).subspan(before), deadline);
  } catch (const DeadlineExceeded&) {
    received_.resize(before);
    throw late();
  }
  received_.resize(before + count);
  return count > 0;
}

void AgentConnection::fail_at_end(const std::string& tried) const {
  if (received_.empty()) throw Error(tried, with_side_output("the agent has ended"));
  // next_frame has seen to it that a header which is whole is a good one.
  wire::FrameHeader header;
  std::string_view part = "a frame's header";
  std::size_t whole = wire::kHeaderSize;
  if (received_.size() >= wire::kHeaderSize) {
    wire::decode_header(std::span(received_).first<wire::kHeaderSize>(), header);
    part = "a frame";
    whole += header.length;
  }
  throw Error(
      tried, with_side_output(fmt::format("the agent's stream ended inside {}: {} of {} bytes came",
                                          part, received_.size(), whole)));
}

AgentConnection::Incoming AgentConnection::next_frame(Deadline deadline, const std::string& tried) {
  for (;;) {
    if (received_.size() >= wire::kHeaderSize) {
      wire::FrameHeader header;
      const auto error = wire::decode_header(
          std::span<const std::byte>(received_).first<wire::kHeaderSize>(), header);
      if (error != wire::HeaderError::kNone) {
        throw Error(
            tried,
            with_side_output(fmt::format("{}: {}", wire::text_of(error), printable(received_))),
            "the agent is not one of Strata's, or something else writes to its stream");
      }
      const auto whole = wire::kHeaderSize + header.length;
      if (received_.size() >= whole) {
        const auto end = received_.begin() + static_cast<std::ptrdiff_t>(whole);
        Incoming frame{
            header.type, {received_.begin() + wire::kHeaderSize, end}, stream_.arrival()};
        received_.erase(received_.begin(), end);
        if (frame.type == FrameType::kFault) {
          throw Error(tried, fmt::format("the agent says: {}", printable(frame.payload)));
        }
        return frame;
      }
    }
    if (!receive(deadline, tried)) fail_at_end(tried);
  }
}

void AgentConnection::send(FrameType type, std::span<const std::byte> payload, Deadline deadline,
                           const std::string& tried) {
  const auto header = wire::encode_header({static_cast<std::uint32_t>(payload.size()), type});
  std::vector<std::byte> frame(header.begin(), header.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  try {
    stream_.write_all(frame, deadline);
  } catch (const DeadlineExceeded&) {
    throw DeadlineExceeded(tried,
                           with_side_output("the agent took nothing more before the deadline"));
  } catch (const Error& broken) {
    // Its last words say more than that it listens no longer: what it sent before it ended comes
    // first, then the end.
    const auto last_words = deadline.at_most(kLastWords);
    try {
      for (;;) next_frame(last_words, tried);
    } catch (const DeadlineExceeded&) {
      throw Error(tried, with_side_output(broken.failure().said));
    }
  }
}

void AgentConnection::begin(const std::string& tried) {
  if (unfinished_) throw Error(tried, "what was asked of this instance before has failed");
  unfinished_ = true;
}

void AgentConnection::await_hello(Deadline deadline) {
  const std::string tried = "wait for the agent's hello";
  begin(tried);
  if (!receive(deadline, tried)) fail_at_end(tried);
  if (received_.front() != wire::kFirstByte) {
    throw Error(tried,
                with_side_output(fmt::format("something else came: {}", printable(received_))),
                "the program that was started is not Strata's agent");
  }
  stamps_.set(Stamp::kMain, stream_.arrival());
  received_.erase(received_.begin());
  const auto hello = next_frame(deadline, tried);
  stamps_.set(Stamp::kReady, hello.at);
  require_hello(hello.type, hello.payload, tried);
  measure_round_trip(deadline);
  unfinished_ = false;
}

void AgentConnection::measure_round_trip(Deadline deadline) {
  const std::string tried = "measure the round trip to the agent";
  for (int i = 0; i < kRoundTrips; ++i) {
    const std::array ping{std::byte(static_cast<unsigned char>(i))};
    const auto sent = deadline.clock().now();
    send(FrameType::kPing, ping, deadline, tried);
    const auto pong = next_frame(deadline, tried);
    if (pong.type != FrameType::kPong || !std::ranges::equal(pong.payload, ping)) {
      throw Error(tried, "the agent answered with something else");
    }
    const auto took = pong.at - sent;
    stamps_.signal_round_trip = std::min(stamps_.signal_round_trip.value_or(took), took);
  }
}

Outcome AgentConnection::run(const Job& job, Deadline deadline) {
  const auto payload = encode_job(job);
  const auto tried = fmt::format("run {}", printable(job.argv.front()));
  begin(tried);
  send(FrameType::kJob, payload, deadline, tried);
  Outcome outcome;
  auto until = deadline;
  if (const auto* const cancellation = deadline.cancellation()) {
    until = deadline.cancelled_by(*cancellation, Urgency::kOrderly);
  }
  for (;;) {
    if (until.cancelled() && !deadline.cancelled()) {
      send(FrameType::kTerminate, {}, deadline, tried);
      until = deadline;
    }
    Incoming frame;
    try {
      frame = next_frame(until, tried);
    } catch (const DeadlineExceeded&) {
      if (deadline.expired()) throw;
      continue;
    }
    if (frame.type == FrameType::kSample) {
      if (!stamps_.at(Stamp::kFirstResult)) stamps_.set(Stamp::kFirstResult, frame.at);
      try {
        read_sample(as_text(frame.payload), job.argv.front(), outcome);
      } catch (const ProgramNotStarted&) {
        unfinished_ = false;
        throw;
      }
      unfinished_ = false;
      return outcome;
    }
    if (frame.type != FrameType::kOutput && frame.type != FrameType::kErrorOutput) {
      throw Error(tried, "the agent sent a frame that does not belong to a job");
    }
    if (job.on_output) {
      job.on_output(as_text(frame.payload));
      continue;
    }
    auto& text = frame.type == FrameType::kOutput ? outcome.output : outcome.error_output;
    if (frame.payload.size() > job.output_limit.count - text.size()) {
      throw Error(tried, fmt::format("the agent sent more output than the {} bytes it may",
                                     job.output_limit.count));
    }
    text += as_text(frame.payload);
  }
}

void AgentConnection::stop(Deadline deadline) {
  const std::string tried = "stop the agent";
  begin(tried);
  send(FrameType::kStop, {}, deadline, tried);
  if (!received_.empty() || receive(deadline, tried)) {
    next_frame(deadline, tried);  // throws what it says if it is a fault, or half of a frame
    throw Error(tried, with_side_output("it sent something instead of ending"));
  }
  stamps_.set(Stamp::kStopped, stream_.arrival());
  unfinished_ = false;
}

}  // namespace strata::drivers
