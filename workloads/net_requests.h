#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/net_link.h"
#include "workloads/net_socket.h"

namespace strata::workloads {

/// A kind of request, and what its answer has to be.
struct RequestKind {
  std::string opening;  ///< sent once, when the connection is made
  std::string request;
  std::string answer;  ///< what has to come back: body, or all of it
  bool http = false;   ///< the answer has a head: status 200 and Content-Length

  static RequestKind echo();  ///< 64 bytes
  static RequestKind get();   ///< HTTP/1.1 GET of 1 KiB, kept alive
};

/// How many bytes at the start of `received` are one whole answer: 0 if it is not whole yet, none
/// if it is wrong: another body, another status, a head that can't be read.
std::optional<std::size_t> answer_size(const RequestKind& kind, std::string_view received);

/// A connection with requests under way. Not blocking.
class RequestConnection {
 public:
  /// ok() is false, and errno set, if there is none.
  RequestConnection(const Address& address, const RequestKind& kind);
  [[nodiscard]] bool ok() const { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// False, and errno set, if the request could not be sent.
  bool send();
  enum class Status { kGood, kWrong, kEnded };
  /// Takes what has come; `answers` is raised by the number of whole ones.
  Status receive(std::size_t& answers);

 private:
  const RequestKind& kind_;
  UniqueFd fd_;
  std::string received_;
};

}  // namespace strata::workloads
