#pragma once

// The frames between the host and an agent. A header-only leaf: it includes nothing of ours, throws
// nothing and allocates nothing, since the agent is built without exceptions.
//
// A stream from the agent begins with one byte, kFirstByte, sent as the agent's first act. From
// then on both directions carry frames:
//
//     byte 0-3   length of the payload, little-endian, at most kMaxPayload
//     byte 4     type
//     byte 5-7   zero
//     payload
//
// Whoever receives a frame that is over the limit, of an unknown type, or cut off by the end of the
// stream ends the conversation with an error; nobody waits for the rest of a frame without a
// deadline.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::wire {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::byte kFirstByte{0x53};  // 'S'
/// What the agent of a guest writes to the console as its first act, before it has a stream.
inline constexpr std::byte kConsoleMark{0x05};
inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::uint32_t kMaxPayload = 1U << 20U;

enum class FrameType : std::uint8_t {
  // agent to host
  kHello =
      1,  ///< one JSON line: {"protocol":1,"pid":…,"first_instruction_ns":…,"machine":"x86_64"}
  kOutput = 2,       ///< a piece of the job's stdout; sent after the job has ended, so that nothing
                     ///< wakes the host before, unless the job says otherwise
  kErrorOutput = 3,  ///< a piece of its stderr
  kSample = 4,  ///< one JSON line, how the job ended: see Sample in drivers/README.md; ends the job
  kPong = 5,    ///< the payload of the ping
  kFault = 6,   ///< text: the agent cannot go on, and why; it ends after this
  // host to agent
  kJob = 16,        ///< fields, see job_fields.h; answered by output, error output and one sample
  kPing = 17,       ///< up to 64 bytes; answered by kPong
  kStop = 18,       ///< empty; the agent kills what runs, ends, and closes the stream
  kTerminate = 19,  ///< empty; the agent sends SIGTERM to the job's program, if one runs
  kResume = 20,     ///< to an agent in a guest that was just restored, see resume.h; answered by
                    ///< the first byte and a hello
};

/// Whether `type` is one of FrameType's values.
constexpr bool is_known(std::uint8_t type) {
  return (type >= 1 && type <= 6) || (type >= 16 && type <= 20);
}

struct FrameHeader {
  std::uint32_t length = 0;
  FrameType type = FrameType::kFault;
};

enum class HeaderError : std::uint8_t { kNone, kTooLong, kUnknownType, kReservedNotZero };

constexpr std::array<std::byte, kHeaderSize> encode_header(FrameHeader header) {
  std::array<std::byte, kHeaderSize> bytes{};
  for (unsigned i = 0; i < 4; ++i) bytes[i] = std::byte(header.length >> (8 * i));
  bytes[4] = std::byte(static_cast<std::uint8_t>(header.type));
  return bytes;
}

/// Reads a header; `header` is set only if kNone is returned.
constexpr HeaderError decode_header(std::span<const std::byte, kHeaderSize> bytes,
                                    FrameHeader& header) {
  std::uint32_t length = 0;
  for (unsigned i = 0; i < 4; ++i) length |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  if (length > kMaxPayload) return HeaderError::kTooLong;
  const auto type = std::to_integer<std::uint8_t>(bytes[4]);
  if (!is_known(type)) return HeaderError::kUnknownType;
  for (unsigned i = 5; i < kHeaderSize; ++i) {
    if (bytes[i] != std::byte{0}) return HeaderError::kReservedNotZero;
  }
  header = {length, static_cast<FrameType>(type)};
  return HeaderError::kNone;
}

constexpr std::string_view text_of(HeaderError error) {
  switch (error) {
    case HeaderError::kNone:
      return "no error";
    case HeaderError::kTooLong:
      return "the frame is longer than 1 MiB";
    case HeaderError::kUnknownType:
      return "the frame has an unknown type";
    case HeaderError::kReservedNotZero:
      return "the frame's reserved bytes are not zero";
  }
  return "unknown error";
}

}  // namespace strata::wire
