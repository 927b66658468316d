#include "drivers/agent_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "results/vocabulary/error.h"
#include "workloads/wire/frame.h"
#include "workloads/wire/job_fields.h"

namespace strata::drivers {
namespace {

using wire::FrameType;
using Json = nlohmann::json;

/// Small, since the buffer is cleared before each read and a startup waits for two of them.
constexpr std::size_t kReadSize = 16UL * 1024;
/// The least of several: what a round trip costs when nothing else got in its way.
constexpr int kRoundTrips = 5;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What came, for an error text: the first bytes, those that can't be printed as \xNN.
std::string quoted(std::span<const std::byte> bytes) {
  constexpr std::size_t kShown = 120;
  std::string text;
  for (const auto byte : bytes.first(std::min(bytes.size(), kShown))) {
    const auto c = std::to_integer<unsigned char>(byte);
    if (c >= 0x20 && c < 0x7f) {
      text += static_cast<char>(c);
    } else {
      text += fmt::format("\\x{:02x}", c);
    }
  }
  return text;
}

std::vector<std::byte> encode(const Job& job) {
  using wire::JobField;
  std::vector<std::byte> payload;
  for (const auto& argument : job.argv) {
    wire::append_field(payload, JobField::kArgument, argument);
  }
  for (const auto& [name, value] : job.environment) {
    wire::append_field(payload, JobField::kEnvironment, fmt::format("{}={}", name, value));
  }
  if (!job.working_directory.empty()) {
    wire::append_field(payload, JobField::kWorkingDirectory, job.working_directory);
  }
  if (!job.stdin_bytes.empty()) wire::append_field(payload, JobField::kStdin, job.stdin_bytes);
  wire::append_number(payload, JobField::kTimeLimitNs,
                      static_cast<std::uint64_t>(job.time_limit.count()));
  wire::append_number(payload, JobField::kOutputLimitBytes, job.output_limit.count);
  for (const auto cpu : job.cpus) wire::append_number(payload, JobField::kCpu, cpu);
  if (payload.size() > wire::kMaxPayload) {
    throw UsageError(fmt::format("send the job {} to its instance", job.argv.front()),
                     "its arguments, environment and input are more than 1 MiB",
                     "pass large input in a file");
  }
  return payload;
}

/// A whole number, zero or more; throws nlohmann's exception if it is anything else.
std::int64_t natural(const Json& json, const char* name) {
  const auto& value = json.at(name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > (1ULL << 62U)) {
    throw Error("read the agent's sample", fmt::format("\"{}\" is no whole number", name));
  }
  return value.get<std::int64_t>();
}

void read_sample(std::string_view line, const Job& job, Outcome& outcome) {
  const auto tried = fmt::format("read the sample of {}", job.argv.front());
  try {
    const auto json = Json::parse(line);
    if (json.contains("start_error")) {
      throw Error(fmt::format("start {}", job.argv.front()),
                  json["start_error"].get<std::string>());
    }
    outcome.sample = line;
    outcome.exited = !json.at("exit").is_null();
    if (outcome.exited) outcome.exit_code = static_cast<int>(natural(json, "exit"));
    outcome.signal = static_cast<int>(natural(json, "signal"));
    outcome.timed_out = json.at("timed_out").get<bool>();
    outcome.truncated = json.at("truncated").get<bool>();
    outcome.processes_left = static_cast<std::uint32_t>(natural(json, "processes_left"));
    outcome.wall = Duration(natural(json, "wall_ns"));
    outcome.user = Duration(natural(json, "user_ns"));
    outcome.system = Duration(natural(json, "system_ns"));
    outcome.peak_memory = {static_cast<std::uint64_t>(natural(json, "peak_memory_bytes"))};
  } catch (const Json::exception& error) {
    throw Error(tried, fmt::format("{}: {}", error.what(), quoted(std::as_bytes(std::span(line)))),
                "the agent is of another version of Strata");
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
  if (!side.empty())
    said += fmt::format("; it printed: {}", quoted(std::as_bytes(std::span(side))));
  return said;
}

void AgentConnection::receive(Deadline deadline, const std::string& tried) {
  const auto before = received_.size();
  received_.resize(before + kReadSize);
  std::size_t count = 0;
  try {
    count = stream_.read_some(std::span(received_).subspan(before), deadline);
  } catch (const DeadlineExceeded&) {
    received_.resize(before);
    throw DeadlineExceeded(tried, with_side_output("the agent did not answer before the deadline"));
  }
  received_.resize(before + count);
  if (count > 0) return;
  throw Error(
      tried,
      with_side_output(
          before == 0 ? std::string("the agent has ended")
                      : fmt::format("the agent's stream ended inside a frame, after {} bytes of it",
                                    before)));
}

AgentConnection::Incoming AgentConnection::next_frame(Deadline deadline, const std::string& tried) {
  for (;;) {
    wire::FrameHeader header;
    if (received_.size() >= wire::kHeaderSize) {
      const auto error = wire::decode_header(
          std::span<const std::byte>(received_).first<wire::kHeaderSize>(), header);
      if (error != wire::HeaderError::kNone) {
        throw Error(
            tried, with_side_output(fmt::format("{}: {}", wire::text_of(error), quoted(received_))),
            "the agent is not one of Strata's, or something else writes to its stream");
      }
      const auto whole = wire::kHeaderSize + header.length;
      if (received_.size() >= whole) {
        Incoming frame{header.type, {}, stream_.arrival()};
        frame.payload.assign(received_.begin() + wire::kHeaderSize,
                             received_.begin() + static_cast<std::ptrdiff_t>(whole));
        received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(whole));
        if (frame.type == FrameType::kFault) {
          throw Error(tried, fmt::format("the agent says: {}", as_text(frame.payload)));
        }
        return frame;
      }
    }
    receive(deadline, tried);
  }
}

void AgentConnection::send(std::uint8_t type, std::span<const std::byte> payload,
                           Deadline deadline) {
  const auto header = wire::encode_header(
      {static_cast<std::uint32_t>(payload.size()), static_cast<FrameType>(type)});
  std::vector<std::byte> frame(header.begin(), header.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  stream_.write_all(frame, deadline);
}

void AgentConnection::await_hello(Deadline deadline) {
  const std::string tried = "wait for the agent's hello";
  while (received_.empty()) receive(deadline, tried);
  if (received_.front() != wire::kFirstByte) {
    throw Error(tried, with_side_output(fmt::format("something else came: {}", quoted(received_))),
                "the program that was started is not Strata's agent");
  }
  stamps_.set(Stamp::kMain, stream_.arrival());
  received_.erase(received_.begin());
  const auto hello = next_frame(deadline, tried);
  stamps_.set(Stamp::kReady, hello.at);
  const auto json = Json::parse(as_text(hello.payload), nullptr, false);
  if (hello.type != FrameType::kHello || !json.is_object() ||
      json.value("protocol", Json()) != wire::kProtocolVersion) {
    throw Error(tried, fmt::format("it said: {}", quoted(hello.payload)),
                "strata and strata-agent are of different builds: build both again");
  }
  for (int i = 0; i < kRoundTrips; ++i) {
    constexpr std::array kPing{std::byte{0}};
    const auto sent = deadline.clock().now();
    send(static_cast<std::uint8_t>(FrameType::kPing), kPing, deadline);
    const auto pong = next_frame(deadline, "measure the agent's round trip");
    if (pong.type != FrameType::kPong) {
      throw Error("measure the agent's round trip", "the agent answered with another frame");
    }
    const auto took = pong.at - sent;
    stamps_.signal_round_trip = std::min(stamps_.signal_round_trip.value_or(took), took);
  }
}

Outcome AgentConnection::run(const Job& job, Deadline deadline) {
  const auto tried = fmt::format("run {}", job.argv.front());
  send(static_cast<std::uint8_t>(FrameType::kJob), encode(job), deadline);
  Outcome outcome;
  for (;;) {
    const auto frame = next_frame(deadline, tried);
    if (frame.type == FrameType::kSample) {
      if (!stamps_.at(Stamp::kFirstResult)) stamps_.set(Stamp::kFirstResult, frame.at);
      read_sample(as_text(frame.payload), job, outcome);
      return outcome;
    }
    if (frame.type != FrameType::kOutput && frame.type != FrameType::kErrorOutput) {
      throw Error(tried, "the agent sent a frame that does not belong to a job");
    }
    auto& text = frame.type == FrameType::kOutput ? outcome.output : outcome.error_output;
    text += as_text(frame.payload);
    if (text.size() > job.output_limit.count) {
      throw Error(tried, "the agent sent more output than it was allowed to");
    }
  }
}

void AgentConnection::stop(Deadline deadline) {
  const std::string tried = "stop the agent";
  send(static_cast<std::uint8_t>(FrameType::kStop), {}, deadline);
  std::array<std::byte, 256> rest{};
  std::size_t count = 0;
  try {
    count = stream_.read_some(rest, deadline);
  } catch (const DeadlineExceeded&) {
    throw DeadlineExceeded(tried, with_side_output("it did not end before the deadline"));
  }
  if (count > 0) {
    throw Error(tried,
                fmt::format("it sent something instead: {}", quoted(std::span(rest).first(count))));
  }
  stamps_.set(Stamp::kStopped, stream_.arrival());
}

}  // namespace strata::drivers
