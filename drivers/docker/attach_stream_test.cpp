#include "drivers/docker/attach_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "drivers/testing/scripted_engine.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

using ::testing::HasSubstr;
using testing::http_reply;
using testing::ScriptedEngine;

Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }

/// A piece as the engine sends it; `which` is 1 or 2.
std::string piece(char which, const std::string& text) {
  std::string bytes{
      which, 0, 0, 0, 0, 0, static_cast<char>(text.size() >> 8U), static_cast<char>(text.size())};
  return bytes + text;
}

/// Everything until the end of the stream.
std::string all_of(AttachStream& stream) {
  std::string text;
  std::array<std::byte, 7> buffer{};
  while (const auto count = stream.read_some(buffer, enough())) {
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
  return text;
}

class AttachStreamTest : public ::testing::Test {
 protected:
  AttachStreamTest() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    engine_ = UniqueFd(ends[0]);
    stream_ = std::make_unique<AttachStream>(UniqueFd(ends[1]), monotonic_clock());
  }
  void send(const std::string& bytes) const {
    ASSERT_EQ(::write(engine_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  UniqueFd engine_;
  std::unique_ptr<AttachStream> stream_;
};

TEST_F(AttachStreamTest, OutputAndErrorOutputAreToldApart) {
  send(piece(1, "good ") + piece(2, "oh") + piece(1, "") + piece(1, "morning") + piece(2, "!"));
  engine_.reset();
  EXPECT_EQ(all_of(*stream_), "good morning");
  EXPECT_EQ(stream_->side_output(), "oh!");
  EXPECT_TRUE(stream_->has_ended());
}

TEST_F(AttachStreamTest, PiecesMayComeByteByByte) {
  const auto bytes = piece(1, "slow") + piece(2, "er") + piece(1, "ly");
  for (const char c : bytes) {
    send(std::string(1, c));
    EXPECT_TRUE(stream_->pump());
  }
  engine_.reset();
  EXPECT_EQ(all_of(*stream_), "slowly");
}

TEST_F(AttachStreamTest, WhatIsNoHeaderIsAnError) {
  for (const auto& bytes : {std::string("good morning"), std::string("\3\0\0\0\0\0\0\1x", 9),
                            std::string("\1\0\1\0\0\0\0\1x", 9)}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd engine(ends[0]);
    AttachStream stream(UniqueFd(ends[1]), monotonic_clock());
    ASSERT_GT(::write(engine.get(), bytes.data(), bytes.size()), 0);
    EXPECT_THROW(all_of(stream), Error);
  }
}

TEST_F(AttachStreamTest, AnEndInsideAPieceIsAnError) {
  send(piece(1, "whole") + piece(1, "half").substr(0, 10));
  engine_.reset();
  std::array<std::byte, 5> buffer{};
  EXPECT_EQ(stream_->read_some(buffer, enough()), 5U);
  EXPECT_EQ(stream_->read_some(buffer, enough()), 2U);
  EXPECT_THROW(stream_->read_some(buffer, enough()), Error);
}

TEST_F(AttachStreamTest, ErrorOutputAloneDoesNotHoldTheReaderBeyondItsDeadline) {
  send(piece(2, "complaint"));
  std::array<std::byte, 5> buffer{};
  EXPECT_THROW(stream_->read_some(buffer, {monotonic_clock(), monotonic_clock().now()}),
               DeadlineExceeded);
  EXPECT_EQ(stream_->side_output(), "complaint");
}

TEST_F(AttachStreamTest, ErrorOutputIsKeptUpToALimit) {
  for (int i = 0; i < 10; ++i) {
    send(piece(2, std::string(10'000, 'x')));
    EXPECT_TRUE(stream_->pump());
  }
  EXPECT_EQ(stream_->side_output().size(), 64U * 1024);
}

TEST_F(AttachStreamTest, WhatIsWrittenArrivesAsItIs) {
  const std::string text = "to the agent";
  stream_->write_all(std::as_bytes(std::span(text)), enough());
  std::array<char, 64> buffer{};
  const auto count = ::read(engine_.get(), buffer.data(), buffer.size());
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(count)), text);
}

class AttachOpenTest : public ::testing::Test {
 protected:
  std::unique_ptr<AttachStream> open(const testing::EngineReply& reply) {
    engine_.answer("POST /containers/x/attach", reply);
    return AttachStream::open(client_, "x", enough());
  }
  std::string said(const testing::EngineReply& reply) {
    try {
      open(reply);
    } catch (const Error& error) {
      return error.failure().said;
    }
    return "nothing";
  }
  ScriptedEngine engine_;
  EngineClient client_{engine_.socket_path()};
};

TEST_F(AttachOpenTest, TheStreamBeginsRightBehindTheHead) {
  for (const auto* const status : {"101 UPGRADED", "200 OK"}) {
    const auto stream = open({"HTTP/1.1 " + std::string(status) +
                                  "\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n" +
                                  piece(1, "at once"),
                              true});
    EXPECT_EQ(all_of(*stream), "at once") << status;
  }
}

TEST_F(AttachOpenTest, ARefusalIsReadToItsEnd) {
  EXPECT_EQ(said(http_reply(404, R"({"message":"No such container"})")), "404: No such container");
}

TEST_F(AttachOpenTest, RubbishAndSilenceAreErrors) {
  EXPECT_THAT(said({"good morning\r\n\r\n", true}), HasSubstr("not HTTP"));
  EXPECT_THAT(said({"", true}), HasSubstr("without an answer"));
  EXPECT_THAT(said({"HTTP/1.1 200 OK\r\nContent-", true}), HasSubstr("not HTTP"));
}

}  // namespace
}  // namespace strata::drivers
