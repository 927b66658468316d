#include "drivers/fd_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers {
namespace {

class FdStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    stream_ = std::make_unique<FdStream>(UniqueFd(ends[0]), "the peer");
    peer_.reset(ends[1]);
  }
  static Deadline enough() { return Deadline::after(monotonic_clock(), std::chrono::seconds(30)); }
  static Deadline over() { return {monotonic_clock(), monotonic_clock().now()}; }
  std::string read(Deadline deadline) {
    std::array<std::byte, 100> buffer{};
    const auto count = stream_->read_some(buffer, deadline);
    return {reinterpret_cast<const char*>(buffer.data()), count};
  }

  std::unique_ptr<FdStream> stream_;
  UniqueFd peer_;
};

TEST_F(FdStreamTest, ReadsWhatIsThereAndStampsIt) {
  ManualClock clock;
  ASSERT_EQ(::write(peer_.get(), "abc", 3), 3);
  EXPECT_EQ(read(Deadline::after(clock, std::chrono::seconds(1))), "abc");
  EXPECT_EQ(stream_->arrival(), clock.now());
}

TEST_F(FdStreamTest, WaitsForWhatIsNotThereYet) {
  std::jthread late([&] { EXPECT_EQ(::write(peer_.get(), "x", 1), 1); });
  EXPECT_EQ(read(enough()), "x");
}

TEST_F(FdStreamTest, WhatIsThereIsReadAfterTheDeadlineToo) {
  ASSERT_EQ(::write(peer_.get(), "abc", 3), 3);
  EXPECT_EQ(read(over()), "abc");
  EXPECT_THROW(read(over()), DeadlineExceeded);
}

TEST_F(FdStreamTest, TheEndOfTheStreamIsNoBytes) {
  peer_.reset();
  EXPECT_EQ(read(enough()), "");
}

TEST_F(FdStreamTest, APeerThatDiedWithUnreadInputHasEnded) {
  stream_->write_all(std::as_bytes(std::span("unread")), enough());
  peer_.reset();
  EXPECT_EQ(read(enough()), "");
}

TEST_F(FdStreamTest, WritesMoreThanTheKernelTakesAtOnce) {
  const std::vector<std::byte> many(4'000'000, std::byte{7});
  std::size_t received = 0;
  std::jthread reader([&] {
    std::vector<std::byte> buffer(65536);
    while (received < many.size()) {
      const auto count = ::read(peer_.get(), buffer.data(), buffer.size());
      if (count <= 0) break;
      received += static_cast<std::size_t>(count);
    }
  });
  stream_->write_all(many, enough());
  reader.join();
  EXPECT_EQ(received, many.size());
}

TEST_F(FdStreamTest, APeerThatTakesNothingIsGivenUp) {
  const std::vector<std::byte> many(4'000'000);
  EXPECT_THROW(stream_->write_all(many, over()), DeadlineExceeded);
}

TEST_F(FdStreamTest, WritingToAPeerThatIsGoneIsAnErrorAndNoSignal) {
  peer_.reset();
  const std::vector<std::byte> some(10);
  try {
    stream_->write_all(some, enough());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure().tried, "write to the peer");
    EXPECT_EQ(error.failure().said, "Broken pipe");
  }
}

TEST_F(FdStreamTest, AClosedStreamIsAnError) {
  stream_->close();
  EXPECT_THROW(read(enough()), Error);
  EXPECT_THROW(wait_for(-1, 0, over(), "wait for nothing"), DeadlineExceeded);
}

}  // namespace
}  // namespace strata::drivers
