#include "workloads/net_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/net_protocol.h"
#include "workloads/registry.h"

namespace strata::workloads {
namespace {

TEST(AnswerSizeTest, FindsWholeEchoes) {
  const auto kind = RequestKind::echo();
  EXPECT_EQ(answer_size(kind, ""), 0U);
  EXPECT_EQ(answer_size(kind, kind.answer.substr(0, 63)), 0U);
  EXPECT_EQ(answer_size(kind, kind.answer), 64U);
  EXPECT_EQ(answer_size(kind, kind.answer + "more"), 64U);
  auto wrong = kind.answer;
  wrong[63] = static_cast<char>(~wrong[63]);
  EXPECT_EQ(answer_size(kind, wrong), std::nullopt);
}

TEST(AnswerSizeTest, FindsWholeHttpAnswers) {
  const auto kind = RequestKind::get();
  const auto& whole = http_answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(answer_size(kind, whole.substr(0, size)), 0U) << size;
  }
  EXPECT_EQ(answer_size(kind, whole), whole.size());
  EXPECT_EQ(answer_size(kind, whole + whole), whole.size());
}

TEST(AnswerSizeTest, RefusesOtherHttpAnswers) {
  const auto kind = RequestKind::get();
  const auto answer = [&](const std::string& head) { return head + "\r\n\r\n" + kind.answer; };
  const auto size = [&](const std::string& head) { return answer_size(kind, answer(head)); };
  EXPECT_TRUE(size("HTTP/1.1 200 OK\r\ncontent-LENGTH:1024"));
  EXPECT_EQ(size("HTTP/1.1 500 No\r\nContent-Length: 1024"), std::nullopt);
  EXPECT_EQ(size("HTTP/1.1 200 OK\r\nContent-Length: 1025"), std::nullopt);
  EXPECT_EQ(size("HTTP/1.1 200 OK\r\nContent-Length: 1024x"), std::nullopt);
  EXPECT_EQ(size("HTTP/1.1 200 OK\r\nContent-Length:"), std::nullopt);
  EXPECT_EQ(size("HTTP/1.1 200 OK"), std::nullopt);
  EXPECT_EQ(answer_size(kind, std::string(17'000, 'x')), std::nullopt) << "a head without an end";
}

TEST(AnswerSizeTest, TakesAnyBytes) {
  Random random;
  const auto& whole = http_answer();
  for (int i = 0; i < 5000; ++i) {
    auto text = whole.substr(0, random.below(whole.size() + 1));
    for (int changes = 0; changes < 4 && !text.empty(); ++changes) {
      text[random.below(text.size())] = static_cast<char>(random.next());
    }
    for (const auto& kind : {RequestKind::get(), RequestKind::echo()}) {
      const auto size = answer_size(kind, text);
      ASSERT_TRUE(!size || *size <= text.size());
    }
  }
}

TEST(PeerOpeningTest, ComesBack) {
  for (const auto service : {PeerService::kEcho, PeerService::kOnce, PeerService::kUpload}) {
    for (const std::uint32_t size : {0U, 1U, 64U, 0xdeadbeefU}) {
      const auto text = peer_opening(service, size);
      ASSERT_EQ(text.size(), kOpeningSize);
      const auto read = parse_peer_opening(text);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->service, service);
      EXPECT_EQ(read->size, size);
    }
  }
}

TEST(PeerOpeningTest, RefusesWhatIsNone) {
  const auto good = peer_opening(PeerService::kEcho, 64);
  EXPECT_FALSE(parse_peer_opening(good.substr(1)));
  EXPECT_FALSE(parse_peer_opening(good + "x"));
  for (std::size_t place = 0; place < good.size(); ++place) {
    auto bad = good;
    bad[place] = '?';
    EXPECT_FALSE(parse_peer_opening(bad)) << place;
  }
}

TEST(AddressTest, ReadsWhatItWrites) {
  for (const auto* const text : {"127.0.0.1:80", "0.0.0.0:65535", "[::1]:7411", "[fe80::1]:0"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
  EXPECT_EQ(Address::parse(":7411")->text(), "0.0.0.0:7411");
}

TEST(AddressTest, RefusesWhatIsNone) {
  for (const auto* const text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
        "[::1:80", "::1:80", "localhost:80", "[]:80", "[zz]:80"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

}  // namespace
}  // namespace strata::workloads
