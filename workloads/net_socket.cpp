#include "workloads/net_socket.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace strata::workloads {

std::optional<Address> Address::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const auto digits = text.substr(colon + 1);
  const auto* const end = digits.data() + digits.size();
  if (const auto [at, error] = std::from_chars(digits.data(), end, port);
      error != std::errc() || at != end) {
    return std::nullopt;
  }
  auto host = std::string(text.substr(0, colon));
  Address address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    auto& six = reinterpret_cast<sockaddr_in6&>(address.storage_);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return std::nullopt;
    return address;
  }
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage_);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  if (host.empty()) return address;  // INADDR_ANY is 0
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) return std::nullopt;
  return address;
}

Address Address::of_socket(int fd) {
  Address address;
  socklen_t length = sizeof address.storage_;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage_), &length);
  return address;
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(storage_);
    ::inet_ntop(AF_INET6, &six.sin6_addr, host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(six.sin6_port));
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(storage_);
  ::inet_ntop(AF_INET, &four.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(ntohs(four.sin_port));
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void limit_waiting(int fd, int seconds) {
  const timeval limit{seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

UniqueFd connect_to(const Address& address) {
  constexpr int kMostSeconds = 10;
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  limit_waiting(fd.get(), kMostSeconds);
  if (::connect(fd.get(), address.get(), address.size()) != 0) {
    if (errno == EINPROGRESS) errno = ETIMEDOUT;
    return {};
  }
  send_at_once(fd.get());
  return fd;
}

UniqueFd bind_to(const Address& address, int type) {
  constexpr int kQueue = 256;
  UniqueFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  if (!fd) return fd;
  // Only of what is closing: a port that somebody listens at stays refused.
  const int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address.get(), address.size()) != 0) return {};
  if (type == SOCK_STREAM && ::listen(fd.get(), kQueue) != 0) return {};
  return fd;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const auto count = ::send(fd, data, size, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool receive_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const auto count = ::recv(fd, data, size, 0);
    if (count == 0) errno = 0;
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace strata::workloads
