#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "workloads/common/unique_fd.h"

namespace strata::workloads {

/// An IPv4 or IPv6 address with a port.
class Address {
 public:
  /// From "127.0.0.1:80", "[::1]:80", or ":80" for all addresses of the machine; none if the text
  /// is not like that. Names are not looked up: what is measured is no name server.
  static std::optional<Address> parse(std::string_view text);
  /// What a socket is bound to; port 0 is that the kernel chose.
  static Address of_socket(int fd);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] int family() const { return storage_.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const {
    return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }

 private:
  sockaddr_storage storage_{};
};

/// A TCP connection without delay of small messages, and with a limit of ten seconds on every wait;
/// empty, and errno set, if it can't be made.
UniqueFd connect_to(const Address& address);
/// A socket of `type` (SOCK_STREAM: one that listens; SOCK_DGRAM) at an address; empty, and errno
/// set, if it can't be had.
UniqueFd bind_to(const Address& address, int type);

void send_at_once(int fd);
/// Sets how long a receive or send may wait.
void limit_waiting(int fd, int seconds);

/// Sends or receives all of it; false at an error, the stream's end or the limit. errno is 0 if
/// that was the end.
bool send_all(int fd, const char* data, std::size_t size);
bool receive_all(int fd, char* data, std::size_t size);

}  // namespace strata::workloads
