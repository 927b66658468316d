#include "workloads/agent/http_response.h"

#include <gtest/gtest.h>

#include <string>

namespace strata::agent {
namespace {

using Status = HttpResponse::Status;

constexpr auto kSized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b \r\n\r\nhello";
constexpr auto kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;x=y\r\nhel\r\n02\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n";

Status all_at_once(HttpResponse& response, std::string_view text) { return response.take(text); }

Status byte_by_byte(HttpResponse& response, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto status = response.take(text.substr(i, 1));
    if (status != Status::kMore) return i + 1 == text.size() ? status : Status::kBroken;
  }
  return Status::kMore;
}

TEST(HttpResponse, IsTheSameInWhateverPieces) {
  for (const auto* const text : {kSized, kChunked}) {
    for (const auto take : {all_at_once, byte_by_byte}) {
      HttpResponse response;
      EXPECT_EQ(take(response, text), Status::kWhole) << response.fault();
      EXPECT_EQ(response.code(), 200);
      EXPECT_EQ(response.body(), "hello");
      EXPECT_TRUE(response.is_success());
      EXPECT_TRUE(response.keeps_connection());
    }
  }
}

TEST(HttpResponse, HeadersAreFoundWhateverTheirCase) {
  HttpResponse response;
  response.take(kSized);
  EXPECT_EQ(response.header("x-a"), "b");
  EXPECT_EQ(response.header("x-b"), "");
}

TEST(HttpResponse, MayHaveNoBody) {
  for (const auto* const text :
       {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 \r\n\r\n",
        "HTTP/1.1 304\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    HttpResponse response;
    EXPECT_EQ(byte_by_byte(response, text), Status::kWhole) << text;
    EXPECT_EQ(response.body(), "");
    EXPECT_TRUE(response.keeps_connection());
  }
}

TEST(HttpResponse, InterimAnswersArePassedOver) {
  const std::string interim = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n";
  for (const auto take : {all_at_once, byte_by_byte}) {
    HttpResponse response;
    EXPECT_EQ(take(response, interim + kSized), Status::kWhole);
    EXPECT_EQ(response.header("a"), "");
    EXPECT_EQ(response.body(), "hello");
  }
}

TEST(HttpResponse, WithoutALengthItEndsWithTheConnection) {
  HttpResponse response;
  EXPECT_EQ(response.take("HTTP/1.1 500 Oops\r\n\r\nhel"), Status::kMore);
  EXPECT_EQ(response.take("lo"), Status::kMore);
  EXPECT_EQ(response.end(), Status::kWhole);
  EXPECT_EQ(response.body(), "hello");
  EXPECT_FALSE(response.keeps_connection());
}

TEST(HttpResponse, SaysWhetherTheConnectionIsKept) {
  const auto is_kept = [](const std::string& version, const std::string& header) {
    HttpResponse response;
    EXPECT_EQ(response.take(version + " 200 OK\r\n" + header + "Content-Length: 0\r\n\r\n"),
              Status::kWhole);
    return response.keeps_connection();
  };
  EXPECT_TRUE(is_kept("HTTP/1.1", ""));
  EXPECT_FALSE(is_kept("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(is_kept("HTTP/1.0", ""));
  EXPECT_TRUE(is_kept("HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST(HttpResponse, ACutIsBroken) {
  for (const std::string text : {kSized, kChunked}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      HttpResponse response;
      EXPECT_EQ(response.take(text.substr(0, size)), Status::kMore) << size;
      EXPECT_EQ(response.has_begun(), size > 0);
      EXPECT_EQ(response.end(), Status::kBroken) << size;
      EXPECT_NE(response.fault(), "");
    }
  }
}

TEST(HttpResponse, WhatIsNoneIsRefused) {
  const std::string many(101, 'x');
  std::string too_many_headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 101; ++i) too_many_headers += "a: b\r\n";
  for (const std::string& text : {
           std::string("good morning\r\n\r\n"),
           std::string("HTTP/2 200 OK\r\n\r\n"),
           std::string("HTTP/1.1 20 OK\r\n\r\n"),
           std::string("HTTP/1.1 099 OK\r\n\r\n"),
           std::string("HTTP/1.1 600 OK\r\n\r\n"),
           std::string("HTTP/1.1 200OK\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\n: x\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA : x\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: x\n y\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
           std::string(
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"),
           std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") +
               std::string(300, '0'),
           std::string(kSized) + "x",
           std::string(kChunked) + "HTTP/1.1 200 OK\r\n",
           too_many_headers + "\r\n",
       }) {
    HttpResponse response;
    auto status = response.take(text);
    if (status == Status::kMore) status = response.end();
    EXPECT_EQ(status, Status::kBroken) << text;
    EXPECT_NE(response.fault(), "") << text;
    EXPECT_EQ(response.take(kSized), Status::kBroken) << text;
  }
}

TEST(HttpResponse, TakesNoMoreThanItMay) {
  HttpResponse head;
  EXPECT_EQ(head.take("HTTP/1.1 200 OK\r\nA: " + std::string(HttpResponse::kMostHead, 'x')),
            Status::kBroken);
  HttpResponse sized;
  EXPECT_EQ(sized.take("HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n"), Status::kBroken);
  const std::string much(HttpResponse::kMostBody, 'x');
  HttpResponse endless;
  EXPECT_EQ(endless.take("HTTP/1.1 200 OK\r\n\r\n" + much), Status::kMore);
  EXPECT_EQ(endless.take("y"), Status::kBroken);
  HttpResponse chunked;
  EXPECT_EQ(chunked.take("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800000\r\n" + much +
                         "\r\n1\r\ny\r\n"),
            Status::kBroken);
}

TEST(HttpResponse, LimitsAreTheSameInWhateverPieces) {
  constexpr std::size_t kLongestTrailer = 256;
  const std::string line = "HTTP/1.1 204 OK\r\nA: ";
  const std::string chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (const auto take : {all_at_once, byte_by_byte}) {
    for (const std::size_t more : {0U, 1U}) {
      const auto expected = more == 0 ? Status::kWhole : Status::kBroken;
      HttpResponse head;
      const std::string value(HttpResponse::kMostHead - line.size() + more, 'x');
      EXPECT_EQ(take(head, line + value + "\r\n\r\n"), expected) << head.fault();
      HttpResponse trailer;
      const auto text = "A:" + std::string(kLongestTrailer - 2 + more, 'x');
      EXPECT_EQ(take(trailer, chunk + text + "\r\n\r\n"), expected) << trailer.fault();
    }
  }
}

}  // namespace
}  // namespace strata::agent
