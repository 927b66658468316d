#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::drivers::faas::emulator {

/// A request as it stands on its connection. Valid until it has been responded to.
class HttpRequest {
 public:
  HttpRequest() = default;
  HttpRequest(const HttpRequest&) = delete;
  HttpRequest& operator=(const HttpRequest&) = delete;
  virtual ~HttpRequest() = default;

  [[nodiscard]] virtual std::string_view method() const = 0;
  /// Path and query as they came, percent signs and all.
  [[nodiscard]] virtual std::string_view target() const = 0;
  /// The first value of a header or trailer, in whatever case its name is; empty if it is not
  /// there.
  [[nodiscard]] virtual std::string_view header(std::string_view name) const = 0;
  [[nodiscard]] virtual std::vector<std::pair<std::string_view, std::string_view>> headers()
      const = 0;
  [[nodiscard]] virtual std::string_view remote_address() const = 0;
  /// May be moved from.
  [[nodiscard]] virtual std::string& body() = 0;

  [[nodiscard]] std::string_view path() const { return target().substr(0, target().find('?')); }
  /// Without the question mark.
  [[nodiscard]] std::string_view query() const {
    const auto mark = target().find('?');
    return mark == std::string_view::npos ? std::string_view() : target().substr(mark + 1);
  }
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  /// Beside Content-Type, Content-Length, Date and Connection. One that is no header (a line break
  /// in it) is left out.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Nobody waits for it who has sent the next request already: it may go together with that one's
  /// response, which saves a system call and the waking of its receiver.
  bool may_be_held = false;
};

/// Called once, from any thread. Where it is dropped without that, the client gets a 500.
using Respond = std::function<void(HttpResponse)>;

/// Why a request is refused before it is whole.
enum class HttpRefusal : std::uint8_t { kMalformed, kHeadTooLarge, kBodyTooLarge };

/// What answers the requests of a listener. Called from several threads at the same time.
class HttpHandler {
 public:
  HttpHandler() = default;
  HttpHandler(const HttpHandler&) = delete;
  HttpHandler& operator=(const HttpHandler&) = delete;
  virtual ~HttpHandler() = default;

  /// How many bytes of body the request with this head may have.
  [[nodiscard]] virtual std::uint64_t body_limit(const HttpRequest& head) const = 0;
  /// What a request gets that is refused; its connection is closed after that.
  [[nodiscard]] virtual HttpResponse refuse(HttpRefusal why) const = 0;
  virtual void handle(HttpRequest& request, Respond respond) = 0;
};

/// "%41b" as "Ab"; nothing for a percent sign without two hex digits, or a zero byte.
bool percent_decode(std::string_view text, std::string& decoded);
/// RFC 3986's unreserved characters as they are, all others as %XX; '/' too unless it is kept.
std::string percent_encode(std::string_view text, bool keep_slash);
/// The decoded value of `name` in a query; empty if it is not there.
std::string query_value(std::string_view query, std::string_view name);
/// The parts of a path between slashes, decoded; false if one can't be. A slash at the end adds
/// nothing.
bool split_path(std::string_view path, std::vector<std::string>& parts);

}  // namespace strata::drivers::faas::emulator
