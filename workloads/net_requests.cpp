#include "workloads/net_requests.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "workloads/net_protocol.h"

namespace strata::workloads {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The value of Content-Length in an answer's head, which ends with kHeadEnd.
std::optional<std::size_t> content_length(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length:";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto* const at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (at == head.end()) return std::nullopt;
  const auto* first = at + kName.size();
  while (first != head.end() && *first == ' ') ++first;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(first, head.end(), length);
  if (error != std::errc() || end == head.end() || *end != '\r') return std::nullopt;
  return length;
}

}  // namespace

RequestKind RequestKind::echo() {
  std::string message(64, '\0');
  Random random;
  for (auto& byte : message) byte = static_cast<char>(random.next());
  return {peer_opening(PeerService::kEcho, 64), message, message, false};
}

RequestKind RequestKind::get() {
  const auto& answer = http_answer();
  return {"", "GET /1KiB HTTP/1.1\r\nHost: strata\r\n\r\n",
          answer.substr(answer.find(kHeadEnd) + kHeadEnd.size()), true};
}

std::optional<std::size_t> answer_size(const RequestKind& kind, std::string_view received) {
  constexpr std::size_t kLargestHead = 16UL << 10U;
  constexpr std::string_view kStatus = "HTTP/1.1 200 ";
  std::size_t head = 0;
  std::size_t body = kind.answer.size();
  if (kind.http) {
    const auto end = received.find(kHeadEnd);
    if (end == std::string_view::npos) {
      if (received.size() > kLargestHead) return std::nullopt;
      return 0;
    }
    head = end + kHeadEnd.size();
    const auto length = content_length(received.substr(0, head));
    if (!received.starts_with(kStatus) || length != body) return std::nullopt;
  }
  if (received.size() < head + body) return 0;
  if (received.substr(head, body) != kind.answer) return std::nullopt;
  return head + body;
}

RequestConnection::RequestConnection(const Address& address, const RequestKind& kind)
    : kind_(kind), fd_(connect_to(address)) {
  if (!fd_) return;
  if (!send_all(fd_.get(), kind.opening.data(), kind.opening.size()) ||
      ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK) != 0) {
    const int reason = errno;
    fd_.reset();
    errno = reason;
  }
}

bool RequestConnection::send() {
  return send_all(fd_.get(), kind_.request.data(), kind_.request.size());
}

RequestConnection::Status RequestConnection::receive(std::size_t& answers) {
  std::array<char, 16UL << 10U> buffer;
  const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Status::kGood;
  if (count == 0) errno = 0;
  if (count <= 0) return Status::kEnded;
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  for (;;) {
    const auto size = answer_size(kind_, received_);
    if (!size) return Status::kWrong;
    if (*size == 0) return Status::kGood;
    received_.erase(0, *size);
    ++answers;
  }
}

}  // namespace strata::workloads
