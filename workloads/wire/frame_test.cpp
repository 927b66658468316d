#include "workloads/wire/frame.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace strata::wire {
namespace {

TEST(Frame, AHeaderComesBackAsItWas) {
  for (const std::uint32_t length : {0U, 1U, 255U, 256U, 65'537U, kMaxPayload}) {
    FrameHeader header;
    ASSERT_EQ(decode_header(encode_header({length, FrameType::kSample}), header),
              HeaderError::kNone);
    EXPECT_EQ(header.length, length);
    EXPECT_EQ(header.type, FrameType::kSample);
  }
}

TEST(Frame, TheLayoutIsLittleEndian) {
  const std::array<std::byte, kHeaderSize> expected{std::byte{0x03}, std::byte{0x02}, std::byte{0},
                                                    std::byte{0},    std::byte{17},   std::byte{0},
                                                    std::byte{0},    std::byte{0}};
  EXPECT_EQ(encode_header({0x0203, FrameType::kPing}), expected);
}

TEST(Frame, EveryTypeThatIsNotListedIsRefused) {
  unsigned known = 0;
  for (unsigned type = 0; type < 256; ++type) {
    auto bytes = encode_header({0, FrameType::kPing});
    bytes[4] = std::byte(type);
    FrameHeader header{77, FrameType::kJob};
    const auto error = decode_header(bytes, header);
    known += error == HeaderError::kNone ? 1 : 0;
    if (error == HeaderError::kNone) continue;
    EXPECT_EQ(error, HeaderError::kUnknownType) << type;
    EXPECT_EQ(header.length, 77U) << "a refused header is left alone";
  }
  EXPECT_EQ(known, 11U);
}

TEST(Frame, AFrameOverTheLimitIsRefused) {
  FrameHeader header;
  EXPECT_EQ(decode_header(encode_header({kMaxPayload + 1, FrameType::kJob}), header),
            HeaderError::kTooLong);
  EXPECT_EQ(decode_header(encode_header({0xffffffff, FrameType::kJob}), header),
            HeaderError::kTooLong);
}

TEST(Frame, ReservedBytesHaveToBeZero) {
  for (unsigned at = 5; at < kHeaderSize; ++at) {
    auto bytes = encode_header({0, FrameType::kStop});
    bytes[at] = std::byte{1};
    FrameHeader header;
    EXPECT_EQ(decode_header(bytes, header), HeaderError::kReservedNotZero) << at;
  }
}

}  // namespace
}  // namespace strata::wire
