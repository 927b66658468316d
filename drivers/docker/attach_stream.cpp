#include "drivers/docker/attach_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "drivers/docker/engine_socket.h"
#include "drivers/printable.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kReadSize = 16UL * 1024;
constexpr std::size_t kMostKept = 1UL << 20U;
constexpr std::size_t kLargestHead = 64UL * 1024;

}  // namespace

std::unique_ptr<AttachStream> AttachStream::open(EngineClient& engine, const std::string& id,
                                                 Deadline deadline) {
  const auto path = fmt::format("/containers/{}/attach?stream=1&stdin=1&stdout=1&stderr=1", id);
  const auto tried = engine.describe("POST", path);
  const auto versioned = engine.versioned(path, deadline);
  auto stream = std::make_unique<AttachStream>(
      connect_to_engine(engine.socket_path(), deadline, tried), deadline.clock());
  stream->upgrade(versioned, tried, deadline);
  return stream;
}

AttachStream::AttachStream(UniqueFd fd, const Clock& clock)
    : socket_(std::move(fd), "the container"), clock_(clock) {}

void AttachStream::upgrade(const std::string& path, const std::string& tried, Deadline deadline) {
  const auto request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
      "Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
      path);
  socket_.write_all(std::as_bytes(std::span(request)), deadline);

  http::response_parser<http::string_body> parser;
  parser.header_limit(kLargestHead);
  parser.body_limit(kLargestHead);
  std::vector<std::byte> received;
  std::size_t parsed = 0;
  std::array<std::byte, kReadSize> raw{};
  while (!parser.is_done()) {
    const auto count = socket_.read_some(raw, deadline);
    received.insert(received.end(), raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(count));
    boost::beast::error_code error;
    if (count == 0 && received.empty()) {
      throw Error(tried, "it ended the connection without an answer", "it has probably died");
    }
    if (count == 0) {
      parser.put_eof(error);
      if (!parser.is_header_done() && !error) error = http::error::partial_message;
    } else {
      parsed += parser.put(boost::asio::buffer(received.data() + parsed, received.size() - parsed),
                           error);
    }
    if (error == http::error::need_more) continue;
    if (error) {
      throw Error(
          tried,
          fmt::format("its answer is not HTTP ({}): {}", error.message(), printable(received)),
          kNoEngine);
    }
    if (!parser.is_header_done()) continue;
    const auto status = parser.get().result();
    if (status == http::status::switching_protocols || status == http::status::ok) {
      take(std::span(received).subspan(parsed));
      return;
    }
    // No stream, then, but a message to the end of which we read; it may be here already.
    parser.eager(true);
    if (parsed < received.size()) {
      parsed += parser.put(boost::asio::buffer(received.data() + parsed, received.size() - parsed),
                           error);
    }
  }
  throw refusal(tried, {static_cast<long>(parser.get().result_int()), parser.get().body()});
}

void AttachStream::take(std::span<const std::byte> bytes) {
  Piece piece{{}, clock_.now()};
  if (!demultiplexer_.add(bytes, piece.bytes)) {
    throw Error("read from the container",
                fmt::format("there is no header where the engine's stream should have one: {}",
                            printable(bytes)),
                kNoEngine);
  }
  kept_ += piece.bytes.size();
  if (!piece.bytes.empty()) pieces_.push_back(std::move(piece));
}

void AttachStream::receive(Deadline deadline) {
  std::array<std::byte, kReadSize> raw;
  const auto count = socket_.read_some(raw, deadline);
  ended_ = count == 0;
  take(std::span(raw).first(count));
}

bool AttachStream::pump() {
  // A deadline that has passed: what has not come yet is not waited for. And a stream that never
  // pauses does not keep us here.
  const Deadline at_once(clock_, clock_.now());
  constexpr int kMostReads = 16;
  try {
    for (int i = 0; i < kMostReads; ++i) {
      if (ended_ || kept_ >= kMostKept) return false;
      receive(at_once);
    }
  } catch (const DeadlineExceeded&) {
    // All that has come is here.
  }
  return true;
}

std::size_t AttachStream::read_some(std::span<std::byte> buffer, Deadline deadline) {
  while (pieces_.empty() && !ended_) {
    receive(deadline);
    // What came may have been stderr alone, without end.
    if (pieces_.empty() && !ended_ && deadline.expired()) {
      throw DeadlineExceeded("read from the container", "nothing came before the deadline");
    }
  }
  if (pieces_.empty()) {
    arrival_ = clock_.now();
    if (demultiplexer_.is_between_pieces()) return 0;
    throw Error("read from the container", "its stream ended inside a piece",
                "the engine has probably died");
  }
  const auto& piece = pieces_.front();
  arrival_ = piece.arrival;
  const auto size = std::min(buffer.size(), piece.bytes.size() - read_);
  std::memcpy(buffer.data(), piece.bytes.data() + read_, size);
  read_ += size;
  if (read_ == piece.bytes.size()) {
    kept_ -= read_;
    read_ = 0;
    pieces_.pop_front();
  }
  return size;
}

void AttachStream::write_all(std::span<const std::byte> bytes, Deadline deadline) {
  socket_.write_all(bytes, deadline);
}

}  // namespace strata::drivers
