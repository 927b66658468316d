#pragma once

#include <string>
#include <string_view>

#include "workloads/common/unique_fd.h"
#include "workloads/net_socket.h"

namespace strata::workloads {

/// The server at the other end of every net workload: the services of net_protocol.h, HTTP/1.1
/// on the same port, and every UDP datagram sent back. A thread for each connection that lasts, so
/// that a round trip costs one receive and one send.
class NetServer {
 public:
  /// Takes the port, TCP and UDP. ok() says whether that went well, errno why not.
  explicit NetServer(const Address& address);

  [[nodiscard]] bool ok() const { return tcp_ && udp_; }
  /// Where it listens.
  [[nodiscard]] Address address() const { return Address::of_socket(tcp_.get()); }

  /// Serves until the process is ended.
  [[noreturn]] void serve();

 private:
  UniqueFd tcp_;
  UniqueFd udp_;
};

/// The bytes of an HTTP answer: head and 1 KiB of body.
const std::string& http_answer();
/// What an upload or download consists of, again and again: kStreamBlock bytes.
const std::string& stream_block();

}  // namespace strata::workloads
