// What a fuzzer does for hours, for a moment, with the same inputs every time.

#include "workloads/agent/testing/agent_fuzz.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace strata::agent {
namespace {

std::string changed(std::string bytes, std::mt19937& random) {
  const auto up_to = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
  };
  constexpr std::string_view kTelling = "\r\n:;{}[]\"\\=0f,";
  for (std::size_t changes = up_to(4) + 1; changes > 0 && !bytes.empty(); --changes) {
    const auto at = up_to(bytes.size() - 1);
    switch (up_to(3)) {
      case 0:
        bytes[at] = static_cast<char>(up_to(255));
        break;
      case 1:
        bytes[at] = kTelling[up_to(kTelling.size() - 1)];
        break;
      case 2:
        bytes.erase(at, up_to(6));
        break;
      default:
        bytes.insert(at, bytes.substr(up_to(bytes.size() - 1), up_to(30)));
        break;
    }
  }
  return bytes;
}

int feed(char what, const std::string& bytes) {
  const auto input = what + bytes;
  return LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

TEST(AgentFuzz, HoldsForEveryChange) {
  const std::string responses[] = {
      "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536\r\nContent-Length: "
      "5\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n"};
  const std::string events[] = {R"({"strata":"job","fields":"AQIDBA==","a":[{"b":"\"]"},1]})",
                                R"({"x":{},"strata":"wait","milliseconds":100})"};
  std::mt19937 random(20260601);
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& response : responses) {
      const auto piece = static_cast<char>(random() % 9 + 1);
      ASSERT_EQ(feed(piece, changed(response, random)), 0);
    }
    for (const auto& event : events) ASSERT_EQ(feed('\0', changed(event, random)), 0);
  }
}

}  // namespace
}  // namespace strata::agent
