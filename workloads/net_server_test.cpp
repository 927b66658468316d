#include "workloads/net_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>

#include "workloads/child.h"
#include "workloads/net_protocol.h"
#include "workloads/net_requests.h"

namespace strata::workloads {
namespace {

/// A server in a process of its own, ended with the test.
class NetServerTest : public ::testing::Test {
 protected:
  [[nodiscard]] UniqueFd open(const std::string& opening) const {
    auto fd = connect_to(address_);
    EXPECT_TRUE(fd && send_all(fd.get(), opening.data(), opening.size()));
    return fd;
  }
  /// What comes until the server closes.
  static std::string rest(const UniqueFd& fd) {
    std::string text;
    for (char c = 0; receive_all(fd.get(), &c, 1);) text += c;
    return text;
  }
  NetServer server_{*Address::parse("127.0.0.1:0")};
  Address address_ = server_.address();
  Child child_{[this] { server_.serve(); }};
};

TEST_F(NetServerTest, SendsMessagesBack) {
  const auto fd = open(peer_opening(PeerService::kEcho, 5));
  for (const std::string message : {"hello", "again"}) {
    ASSERT_TRUE(send_all(fd.get(), message.data(), message.size()));
    std::string back(5, '\0');
    ASSERT_TRUE(receive_all(fd.get(), back.data(), back.size()));
    EXPECT_EQ(back, message);
  }
}

TEST_F(NetServerTest, SendsOneMessageBackAndCloses) {
  EXPECT_EQ(rest(open(peer_opening(PeerService::kOnce, 5) + "hello")), "hello");
}

TEST_F(NetServerTest, CountsWhatIsUploaded) {
  const auto fd = open(peer_opening(PeerService::kUpload));
  const auto& block = stream_block();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(send_all(fd.get(), block.data(), block.size()));
  ASSERT_TRUE(send_all(fd.get(), block.data(), 77));
  ::shutdown(fd.get(), SHUT_WR);
  const auto answer = rest(fd);
  std::uint64_t count = 0;
  ASSERT_EQ(answer.size(), sizeof count);
  std::memcpy(&count, answer.data(), sizeof count);
  EXPECT_EQ(count, 10 * kStreamBlock + 77);
}

TEST_F(NetServerTest, CountsNothingOfAnotherStream) {
  const auto fd = open(peer_opening(PeerService::kUpload));
  std::string other(1, static_cast<char>(stream_block()[0] ^ 1));
  ASSERT_TRUE(send_all(fd.get(), other.data(), other.size()));
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_EQ(rest(fd), "");
}

TEST_F(NetServerTest, SendsAStream) {
  const auto fd = open(peer_opening(PeerService::kDownload));
  std::string block(kStreamBlock, '\0');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(receive_all(fd.get(), block.data(), block.size()));
    EXPECT_TRUE(block == stream_block());
  }
}

TEST_F(NetServerTest, AnswersHttpRequestsThatComeInPiecesOrTogether) {
  const std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto fd = open(request.substr(0, 9));
  const auto more = request.substr(9) + request;
  ASSERT_TRUE(send_all(fd.get(), more.data(), more.size()));
  std::string answers(2 * http_answer().size(), '\0');
  ASSERT_TRUE(receive_all(fd.get(), answers.data(), answers.size()));
  EXPECT_EQ(answers, http_answer() + http_answer());
}

TEST_F(NetServerTest, ClosesAConnectionThatSaysNonsense) {
  EXPECT_EQ(rest(open("nonsense, and so much of it")), "");
  EXPECT_EQ(rest(open(peer_opening(PeerService::kEcho, 0xffffffff))), "");
  EXPECT_EQ(rest(open("GET " + std::string(20'000, 'x'))), "");
  // It still serves.
  EXPECT_EQ(rest(open(peer_opening(PeerService::kOnce, 2) + "ok")), "ok");
}

TEST_F(NetServerTest, IsNotHeldUpByAConnectionThatSaysNothing) {
  const auto silent = connect_to(address_);
  const auto late = connect_to(address_);
  EXPECT_EQ(rest(open(peer_opening(PeerService::kOnce, 2) + "ok")), "ok");
  const auto opening = peer_opening(PeerService::kOnce, 4) + "late";
  ASSERT_TRUE(send_all(late.get(), opening.data(), opening.size()));
  EXPECT_EQ(rest(late), "late");
}

TEST_F(NetServerTest, SendsDatagramsBack) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(fd.get(), address_.get(), address_.size()), 0);
  limit_waiting(fd.get(), 10);
  std::array<char, 8> back{};
  ASSERT_EQ(::send(fd.get(), "datagram", 8, 0), 8);
  ASSERT_EQ(::recv(fd.get(), back.data(), back.size(), 0), 8);
  EXPECT_EQ(std::string(back.data(), back.size()), "datagram");
}

TEST_F(NetServerTest, RefusesAPortThatIsTaken) {
  const NetServer other(address_);
  EXPECT_FALSE(other.ok());
}

}  // namespace
}  // namespace strata::workloads
