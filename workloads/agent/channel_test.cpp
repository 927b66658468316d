#include "workloads/agent/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "workloads/common/unique_fd.h"

namespace strata::agent {
namespace {

using workloads::UniqueFd;

std::string frame(wire::FrameType type, std::string_view payload) {
  const auto header = wire::encode_header({static_cast<std::uint32_t>(payload.size()), type});
  std::string bytes(reinterpret_cast<const char*>(header.data()), header.size());
  return bytes.append(payload);
}

std::string text_of(const Frame& one) {
  return {reinterpret_cast<const char*>(one.payload.data()), one.payload.size()};
}

/// A channel whose other end the test holds.
class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    host = UniqueFd(ends[0]);
    agent = UniqueFd(ends[1]);
  }
  void host_says(std::string_view bytes) const {
    ASSERT_EQ(::write(host.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  /// What has come at the host by the time the agent's end is closed.
  std::string all_that_was_said() {
    agent.reset();
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto count = ::read(host.get(), buffer.data(), buffer.size());
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  UniqueFd host;
  UniqueFd agent;
};

TEST_F(ChannelTest, FramesThatComeTogetherAreTakenOneByOne) {
  host_says(frame(wire::FrameType::kPing, "one") + frame(wire::FrameType::kStop, ""));
  Channel channel(agent.get(), agent.get());
  Frame got;
  ASSERT_EQ(channel.next(got), Channel::Status::kFrame);
  EXPECT_EQ(got.type, wire::FrameType::kPing);
  EXPECT_EQ(text_of(got), "one");
  ASSERT_EQ(channel.next(got), Channel::Status::kFrame);
  EXPECT_EQ(got.type, wire::FrameType::kStop);
  EXPECT_TRUE(got.payload.empty());
}

TEST_F(ChannelTest, AFrameThatComesByteByByteIsPutTogether) {
  const auto bytes = frame(wire::FrameType::kJob, std::string(3000, 'x'));
  Channel channel(agent.get(), agent.get());
  for (const char byte : bytes) {
    host_says({&byte, 1});
    ASSERT_EQ(channel.take_what_came(), Channel::Status::kNothing);
  }
  Frame got;
  ASSERT_EQ(channel.next(got), Channel::Status::kFrame);
  EXPECT_EQ(text_of(got), std::string(3000, 'x'));
}

TEST_F(ChannelTest, TheEndBetweenFramesIsAnEnd) {
  host_says(frame(wire::FrameType::kPing, ""));
  host.reset();
  Channel channel(agent.get(), agent.get());
  Frame got;
  ASSERT_EQ(channel.next(got), Channel::Status::kFrame);
  EXPECT_EQ(channel.next(got), Channel::Status::kEnd);
}

TEST_F(ChannelTest, TheEndInsideAFrameIsAFault) {
  host_says(frame(wire::FrameType::kPing, "cut off").substr(0, 10));
  host.reset();
  Channel channel(agent.get(), agent.get());
  Frame got;
  ASSERT_EQ(channel.next(got), Channel::Status::kBroken);
  EXPECT_EQ(channel.fault(), "the stream ended inside a frame");
}

TEST_F(ChannelTest, RubbishIsAFault) {
  host_says("GET / HTTP/1.1\r\n\r\n");
  Channel channel(agent.get(), agent.get());
  Frame got;
  ASSERT_EQ(channel.next(got), Channel::Status::kBroken);
  EXPECT_EQ(channel.fault(), "the frame is longer than 1 MiB");
}

TEST_F(ChannelTest, AHostThatTalksWithoutEndDuringAJobIsAFault) {
  std::thread talker([&] {
    const std::string piece(64UL * 1024, 'x');
    while (::send(host.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  Channel channel(agent.get(), agent.get());
  std::size_t reads = 0;
  auto status = Channel::Status::kNothing;
  while (status == Channel::Status::kNothing && ++reads < 100'000) {
    status = channel.take_what_came();
  }
  EXPECT_EQ(status, Channel::Status::kBroken);
  EXPECT_EQ(channel.fault(), "the host sent more frames than may wait");
  ::shutdown(agent.get(), SHUT_RDWR);
  talker.join();
}

TEST_F(ChannelTest, AnEmptyPayloadIsOneFrame) {
  Channel channel(agent.get(), agent.get());
  ASSERT_TRUE(channel.send(wire::FrameType::kPong, ""));
  EXPECT_EQ(all_that_was_said(), frame(wire::FrameType::kPong, ""));
}

TEST_F(ChannelTest, APayloadOverTheLimitIsSentInPieces) {
  const std::string payload(wire::kMaxPayload + 5, 'y');
  std::string all;
  std::thread reader([&] {
    std::array<char, 65536> buffer{};
    for (;;) {
      const auto count = ::read(host.get(), buffer.data(), buffer.size());
      if (count <= 0) return;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  Channel channel(agent.get(), agent.get());
  EXPECT_TRUE(channel.send(wire::FrameType::kOutput, payload));
  agent.reset();
  reader.join();
  EXPECT_EQ(all, frame(wire::FrameType::kOutput, payload.substr(0, wire::kMaxPayload)) +
                     frame(wire::FrameType::kOutput, "yyyyy"));
}

TEST_F(ChannelTest, AHostThatIsGoneIsNoCrash) {
  ::signal(SIGPIPE, SIG_IGN);
  host.reset();
  Channel channel(agent.get(), agent.get());
  EXPECT_FALSE(channel.send(wire::FrameType::kPong, "anyone?"));
}

TEST(ChannelFuzz, WhateverComesEndsInAFrameAFaultOrTheEnd) {
  std::mt19937_64 random(20261125);
  for (int round = 0; round < 400; ++round) {
    std::string bytes = frame(wire::FrameType::kJob, std::string(random() % 40, 'j')) +
                        frame(wire::FrameType::kPing, "p") + frame(wire::FrameType::kStop, "");
    for (auto changes = random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(bytes.size() - random() % 8);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd in(ends[0]);
    UniqueFd out(ends[1]);
    ASSERT_EQ(::write(out.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    out.reset();
    Channel channel(in.get(), -1);
    Frame got;
    std::size_t taken = 0;
    auto status = channel.next(got);
    while (status == Channel::Status::kFrame) {
      taken += wire::kHeaderSize + got.payload.size();
      status = channel.next(got);
    }
    ASSERT_LE(taken, bytes.size());
    if (status == Channel::Status::kEnd) {
      EXPECT_EQ(taken, bytes.size());
    } else {
      EXPECT_FALSE(channel.fault().empty());
    }
  }
}

}  // namespace
}  // namespace strata::agent
