#include "workloads/net_server.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "workloads/net_protocol.h"
#include "workloads/registry.h"

namespace strata::workloads {
namespace {

constexpr std::size_t kLargestMessage = 1UL << 20U;

std::string random_text(std::size_t size) {
  std::string text(size, '\0');
  Random random;
  for (auto& byte : text) byte = static_cast<char>('!' + random.below(94));
  return text;
}

void echo(int fd, std::size_t size, bool once) {
  std::vector<char> message(size);
  while (receive_all(fd, message.data(), size) && send_all(fd, message.data(), size) && !once) {
  }
}

void count_upload(int fd) {
  std::vector<char> buffer(kStreamBlock);
  std::uint64_t total = 0;
  const auto& expected = stream_block();
  for (;;) {
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    if (count == 0) break;
    // One byte of each piece: a stream that lost or mixed something up is noticed.
    if (buffer[0] != expected[total % kStreamBlock]) return;
    total += static_cast<std::uint64_t>(count);
  }
  std::array<char, sizeof total> answer{};
  std::memcpy(answer.data(), &total, sizeof total);
  send_all(fd, answer.data(), answer.size());
}

void answer_http(int fd, std::string received) {
  constexpr std::size_t kLargestHead = 16UL << 10U;
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::array<char, 4096> buffer{};
  for (;;) {
    for (auto end = received.find(kEnd); end != std::string::npos; end = received.find(kEnd)) {
      received.erase(0, end + kEnd.size());
      if (!send_all(fd, http_answer().data(), http_answer().size())) return;
    }
    if (received.size() > kLargestHead) return;
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Carries out in a thread of its own what lasts.
template <typename Service>
void in_thread(UniqueFd fd, Service&& service) {
  constexpr int kIdleSeconds = 60;
  limit_waiting(fd.get(), kIdleSeconds);
  std::thread([fd = std::move(fd), service = std::forward<Service>(service)] {
    service(fd.get());
  }).detach();
}

/// Serves one connection that was just accepted.
void serve_connection(UniqueFd fd) {
  constexpr int kOpeningSeconds = 5;
  constexpr std::string_view kGet = "GET ";
  limit_waiting(fd.get(), kOpeningSeconds);
  send_at_once(fd.get());
  std::string opening(kGet.size(), '\0');
  if (!receive_all(fd.get(), opening.data(), opening.size())) return;
  if (opening == kGet) {
    in_thread(std::move(fd), [opening](int connection) { answer_http(connection, opening); });
    return;
  }
  opening.resize(kOpeningSize);
  if (!receive_all(fd.get(), opening.data() + kGet.size(), opening.size() - kGet.size())) {
    return;
  }
  const auto wanted = parse_peer_opening(opening);
  if (!wanted || wanted->size > kLargestMessage) return;
  const std::size_t size = wanted->size;
  switch (wanted->service) {
    case PeerService::kOnce:
      echo(fd.get(), size, true);
      break;
    case PeerService::kEcho:
      in_thread(std::move(fd), [size](int connection) { echo(connection, size, false); });
      break;
    case PeerService::kUpload:
      in_thread(std::move(fd), count_upload);
      break;
    case PeerService::kDownload:
      in_thread(std::move(fd), [](int connection) {
        while (send_all(connection, stream_block().data(), stream_block().size())) {
        }
      });
      break;
  }
}

void echo_datagrams(int fd) {
  std::vector<char> buffer(64UL << 10U);
  for (;;) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    auto* const sender = reinterpret_cast<sockaddr*>(&from);
    const auto count = ::recvfrom(fd, buffer.data(), buffer.size(), 0, sender, &length);
    if (count < 0 && errno != EINTR && errno != ECONNREFUSED) return;
    if (count >= 0) ::sendto(fd, buffer.data(), static_cast<std::size_t>(count), 0, sender, length);
  }
}

}  // namespace

const std::string& http_answer() {
  constexpr std::size_t kBody = 1024;
  static const auto kAnswer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(kBody) +
      "\r\n\r\n" + random_text(kBody);
  return kAnswer;
}

const std::string& stream_block() {
  static const auto kBlock = random_text(kStreamBlock);
  return kBlock;
}

NetServer::NetServer(const Address& address) : tcp_(bind_to(address, SOCK_STREAM)) {
  // At the port that TCP got, where the kernel chose it.
  if (tcp_) udp_ = bind_to(this->address(), SOCK_DGRAM);
}

void NetServer::serve() {
  constexpr int kMostMilliseconds = 1;
  // Made before anybody waits for them.
  http_answer();
  stream_block();
  std::thread(echo_datagrams, udp_.get()).detach();
  for (;;) {
    UniqueFd connection(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;
    // Who says at once what it wants is served by this thread, which costs least; nobody else may
    // hold it up: connections through a proxy come in another order than their first bytes.
    pollfd first_bytes{connection.get(), POLLIN, 0};
    if (::poll(&first_bytes, 1, kMostMilliseconds) > 0) {
      serve_connection(std::move(connection));
    } else {
      std::thread([waiting = std::move(connection)]() mutable {
        serve_connection(std::move(waiting));
      }).detach();
    }
  }
}

}  // namespace strata::workloads
