#include "workloads/agent/http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <vector>

namespace strata::agent {
namespace {

constexpr std::size_t kReadSize = 64UL * 1024;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool parse_authority(std::string_view authority, Address& address) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::uint16_t port = 0;
  const auto digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return false;
  std::string host(authority.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);

  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    address.size = sizeof four;
    std::memcpy(&address.storage, &four, sizeof four);
    return true;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) != 1) return false;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  address.size = sizeof six;
  std::memcpy(&address.storage, &six, sizeof six);
  return true;
}

/// A peer that is gone is an error here, never a signal.
bool send_all(int fd, std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    // sendmsg does not change what it sends; its type is older than const.
    std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},
                                {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    const auto of_head = std::min(static_cast<std::size_t>(sent), head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(static_cast<std::size_t>(sent) - of_head);
  }
  return true;
}

ssize_t receive(int fd, std::span<char> buffer) {
  for (;;) {
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count >= 0 || errno != EINTR) return count;
  }
}

}  // namespace

HttpConnection::Exchange HttpConnection::fail(std::string_view what) {
  const int error = errno;
  fault_ = std::string(what) + " " + authority_;
  if (error != 0) fault_ += std::string(": ") + std::strerror(error);
  socket_.reset();
  return Exchange::kFailed;
}

bool HttpConnection::connect() {
  errno = 0;
  Address address;
  if (!parse_authority(authority_, address)) {
    fault_ = authority_ + " is no ADDRESS:PORT with the address in numbers";
    return false;
  }
  socket_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_) return fail("make a socket for") == Exchange::kDone;
  int done = 0;
  do {
    done =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  } while (done != 0 && errno == EINTR);
  if (done != 0 && errno != EISCONN) return fail("connect to") == Exchange::kDone;
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return true;
}

HttpConnection::Exchange HttpConnection::exchange(std::string_view head, std::string_view body,
                                                  HttpResponse& response) {
  // What it answers to half a request (413, 400) is worth reading, so a failed send alone is no
  // end.
  const bool sent = send_all(socket_.get(), head, body);
  const int send_error = errno;
  static std::array<char, kReadSize> buffer;
  for (;;) {
    errno = 0;
    const auto count = receive(socket_.get(), buffer);
    const bool ended = count <= 0;
    if (ended && !response.has_begun()) {
      if (!sent && errno == 0) errno = send_error;
      fail("no answer from");
      return Exchange::kClosedBefore;
    }
    if (count < 0) return fail("read an answer of");
    const auto status =
        ended ? response.end() : response.take({buffer.data(), static_cast<std::size_t>(count)});
    if (status == HttpResponse::Status::kMore) continue;
    if (status == HttpResponse::Status::kBroken) {
      fail("read an answer of");
      fault_ += std::string(": ") + std::string(response.fault());
      return Exchange::kFailed;
    }
    if (!sent || !response.keeps_connection()) socket_.reset();
    return Exchange::kDone;
  }
}

bool HttpConnection::ask(std::string_view method, std::string_view path,
                         std::span<const Header> headers, std::string_view body,
                         HttpResponse& response) {
  std::string head;
  const auto add = [&head](std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) head += part;
  };
  add({method, " ", path, " HTTP/1.1\r\nHost: ", authority_, "\r\n"});
  for (const auto& [name, value] : headers) add({name, ": ", value, "\r\n"});
  if (method != "GET") add({"Content-Length: ", std::to_string(body.size()), "\r\n"});
  head += "\r\n";

  const bool is_kept = bool(socket_);
  if (!is_kept && !connect()) return false;
  response = {};
  auto exchanged = exchange(head, body, response);
  if (exchanged == Exchange::kClosedBefore && is_kept) {
    if (!connect()) return false;
    response = {};
    exchanged = exchange(head, body, response);
  }
  return exchanged == Exchange::kDone;
}

}  // namespace strata::agent
