#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "workloads/agent/http_response.h"
#include "workloads/common/unique_fd.h"

namespace strata::agent {

/// A connection to one HTTP/1.1 server, made when it is needed and kept between requests. Waits for
/// answers as long as they take: an agent that nobody asks for anything has nothing else to do.
/// Without exceptions: every call says what happened.
class HttpConnection {
 public:
  using Header = std::pair<std::string_view, std::string_view>;

  /// `authority` is "ADDRESS:PORT", the address in numbers ("[::1]" if of version 6) or
  /// "localhost": a static program can't ask name servers.
  explicit HttpConnection(std::string authority) : authority_(std::move(authority)) {}

  /// Sends a request and waits for the whole answer. On a kept connection that the server had
  /// closed meanwhile, it is sent a second time on a new one. False: see fault(); the connection is
  /// closed.
  bool ask(std::string_view method, std::string_view path, std::span<const Header> headers,
           std::string_view body, HttpResponse& response);
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  enum class Exchange { kDone, kClosedBefore, kFailed };

  bool connect();
  Exchange exchange(std::string_view head, std::string_view body, HttpResponse& response);
  Exchange fail(std::string_view what);

  std::string authority_;
  workloads::UniqueFd socket_;
  std::string fault_;
};

}  // namespace strata::agent
