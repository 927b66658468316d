#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas::emulator::testing {

struct Answer {
  int status = 0;                              ///< 0: the connection ended instead
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// A client that sends what it is told to, right or wrong. Waits for at most 30 s.
class HttpClient {
 public:
  /// To 127.0.0.1; throws std::runtime_error.
  explicit HttpClient(std::uint16_t port);

  /// Sends bytes as they are; false: the other end takes no more.
  bool send(const std::string& bytes) const;
  /// Waits for one response.
  Answer receive();
  /// A request with Host and Content-Length, and its response.
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& headers = {}, const std::string& host = "localhost");
  void finish_sending() const;

 private:
  bool more();
  UniqueFd socket_;
  std::string received_;
};

}  // namespace strata::drivers::faas::emulator::testing
