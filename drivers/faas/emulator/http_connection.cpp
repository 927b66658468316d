#include "drivers/faas/emulator/http_connection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <string>
#include <utility>

#include "drivers/faas/emulator/one_shot.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;

constexpr std::uint32_t kHeadLimit = 32U * 1024;
constexpr std::size_t kSmallRead = 4UL * 1024;
constexpr std::size_t kLargeRead = 64UL * 1024;
/// A body of up to this is sent in one piece with its head.
constexpr std::size_t kOnePiece = 16UL * 1024;
constexpr Duration kForEver{-1};
constexpr unsigned kNoContent = 204;

using Parser = http::request_parser<http::string_body>;

class ParsedRequest final : public HttpRequest {
 public:
  ParsedRequest(Parser& parser, const std::string& remote) : parser_(parser), remote_(remote) {}
  [[nodiscard]] std::string_view method() const override { return view(message().method_string()); }
  [[nodiscard]] std::string_view target() const override { return view(message().target()); }
  [[nodiscard]] std::string_view header(std::string_view name) const override {
    const auto found = message().find(beast::string_view(name.data(), name.size()));
    return found == message().end() ? std::string_view() : view(found->value());
  }
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> headers()
      const override {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const auto& field : message()) {
      all.emplace_back(view(field.name_string()), view(field.value()));
    }
    return all;
  }
  [[nodiscard]] std::string_view remote_address() const override { return remote_; }
  [[nodiscard]] std::string& body() override { return parser_.get().body(); }

 private:
  [[nodiscard]] const Parser::value_type& message() const { return parser_.get(); }
  static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }
  Parser& parser_;
  const std::string& remote_;
};

/// The Date of the second that it is.
const std::string& date_text() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  if (const auto now = std::time(nullptr); now != second || text.empty()) {
    second = now;
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
  }
  return text;
}

bool is_header(std::string_view name, std::string_view value) {
  const auto is_token = [](char c) { return c > ' ' && c < 0x7f && c != ':'; };
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
         std::none_of(value.begin(), value.end(), breaks);
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
  if (!is_header(name, value)) return;
  head.append(name).append(": ").append(value).append("\r\n");
}

/// By hand, since each invocation needs three.
void append_head(std::string& head, const HttpResponse& response, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  head.reserve(head.size() + 512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason.data(), reason.size()).append("\r\n");
  add_header(head, "Date", date_text());
  if (!response.content_type.empty()) add_header(head, "Content-Type", response.content_type);
  if (response.status != kNoContent) {
    add_header(head, "Content-Length", std::to_string(response.body.size()));
  }
  if (!keep_alive) add_header(head, "Connection", "close");
  for (const auto& [name, value] : response.headers) add_header(head, name, value);
  head.append("\r\n");
}

/// What a handler drops without a response still ends the request.
class Promise {
 public:
  explicit Promise(std::shared_ptr<OneShot<HttpResponse>> response)
      : response_(std::move(response)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() {
    HttpResponse dropped;
    dropped.status = 500;
    response_->set(std::move(dropped));
  }
  void keep(HttpResponse response) { response_->set(std::move(response)); }

 private:
  std::shared_ptr<OneShot<HttpResponse>> response_;
};

class BusyMark {
 public:
  explicit BusyMark(std::atomic<std::uint64_t>& count) : count_(count) { ++count_; }
  BusyMark(const BusyMark&) = delete;
  BusyMark& operator=(const BusyMark&) = delete;
  ~BusyMark() { --count_; }

 private:
  std::atomic<std::uint64_t>& count_;
};

/// One connection; lives in its coroutine.
class Connection {
 public:
  Connection(ConnectionTable& table, asio::ip::tcp::socket socket,
             std::shared_ptr<HttpHandler> handler, const HttpTimes& times)
      : table_(table),
        socket_(std::move(socket)),
        entry_(table, socket_),
        handler_(std::move(handler)),
        times_(times) {}

  asio::awaitable<void> serve() {
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    remote_ = socket_.remote_endpoint(ignored).address().to_string();
    bool goes_on = true;
    while (goes_on) goes_on = co_await serve_request();
  }

 private:
  /// False: the connection is at its end.
  asio::awaitable<bool> serve_request() {
    Parser parser;
    parser.header_limit(kHeadLimit);
    parser.body_limit(boost::none);
    ParsedRequest request(parser, remote_);
    if (!co_await read_head(parser)) co_return false;
    const BusyMark busy(table_.busy());
    if (!co_await read_body(parser, request)) co_return false;
    const bool keep_alive = parser.get().keep_alive();
    auto shot = std::make_shared<OneShot<HttpResponse>>();
    auto promise = std::make_shared<Promise>(shot);
    entry_.allow(kForEver);
    handler_->handle(request,
                     [promise](HttpResponse response) { promise->keep(std::move(response)); });
    promise.reset();
    const HttpResponse response = co_await shot->wait();
    if (response.may_be_held && keep_alive && buffer_.size() > 0 &&
        held_.size() + response.body.size() <= kOnePiece) {
      append_head(held_, response, keep_alive);
      held_ += response.body;
      co_return true;
    }
    co_return co_await write(response, keep_alive) && keep_alive;
  }

  asio::awaitable<bool> read_some(std::size_t size) {
    if (!held_.empty() && !co_await write_held()) co_return false;
    boost::system::error_code error;
    const auto space = buffer_.prepare(size);
    const auto count =
        co_await socket_.async_read_some(space, redirect_error(use_awaitable, error));
    buffer_.commit(count);
    co_return !error;
  }

  /// Lets the parser have what has come.
  boost::system::error_code parse(Parser& parser) {
    boost::system::error_code error;
    if (buffer_.size() == 0) return error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == http::error::need_more) error = {};
    return error;
  }

  asio::awaitable<bool> read_head(Parser& parser) {
    entry_.allow(times_.idle);
    bool begun = false;
    for (;;) {
      if (!begun && buffer_.size() > 0) {
        begun = true;
        entry_.allow(times_.head);
      }
      if (const auto error = parse(parser)) {
        co_await refuse(error == http::error::header_limit ? HttpRefusal::kHeadTooLarge
                                                           : HttpRefusal::kMalformed);
        co_return false;
      }
      if (parser.is_header_done()) co_return true;
      if (!co_await read_some(kSmallRead)) co_return false;
    }
  }

  asio::awaitable<bool> read_body(Parser& parser, const ParsedRequest& request) {
    if (parser.is_done()) co_return true;
    const auto limit = handler_->body_limit(request);
    const auto length = parser.content_length();
    if (length && *length > limit) {
      co_await refuse(HttpRefusal::kBodyTooLarge);
      co_return false;
    }
    parser.body_limit(limit);
    parser.eager(true);
    entry_.allow(times_.body);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      if (!held_.empty() && !co_await write_held()) co_return false;
      boost::system::error_code error;
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket_, asio::buffer(kContinue),
                                 redirect_error(use_awaitable, error));
      if (error) co_return false;
    }
    for (;;) {
      if (const auto error = parse(parser)) {
        co_await refuse(error == http::error::body_limit ? HttpRefusal::kBodyTooLarge
                                                         : HttpRefusal::kMalformed);
        co_return false;
      }
      if (parser.is_done()) co_return true;
      if (!co_await read_some(kLargeRead)) co_return false;
    }
  }

  asio::awaitable<void> refuse(HttpRefusal why) {
    co_await write(handler_->refuse(why), false);
    // What it still sends is thrown away for a moment: closing at once would reset the connection,
    // and the answer with it.
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    entry_.allow(kLinger);
    buffer_.clear();
    for (std::size_t thrown = 0; thrown < kMostThrownAway; thrown += kLargeRead) {
      if (!co_await read_some(kLargeRead)) break;
      buffer_.clear();
    }
  }

  /// The request that came behind is not whole: its sender may wait, after all.
  asio::awaitable<bool> write_held() {
    const auto text = std::exchange(held_, {});
    boost::system::error_code error;
    co_await asio::async_write(socket_, asio::buffer(text), redirect_error(use_awaitable, error));
    co_return !error;
  }

  asio::awaitable<bool> write(const HttpResponse& response, bool keep_alive) {
    entry_.allow(times_.write);
    auto head = std::exchange(held_, {});
    append_head(head, response, keep_alive);
    boost::system::error_code error;
    if (response.body.size() <= kOnePiece) {
      head += response.body;
      co_await asio::async_write(socket_, asio::buffer(head), redirect_error(use_awaitable, error));
    } else {
      const std::array<asio::const_buffer, 2> parts{asio::buffer(head),
                                                    asio::buffer(response.body)};
      co_await asio::async_write(socket_, parts, redirect_error(use_awaitable, error));
    }
    co_return !error;
  }

  static constexpr Duration kLinger = std::chrono::seconds(2);
  static constexpr std::size_t kMostThrownAway = 128UL << 20U;

  ConnectionTable& table_;
  asio::ip::tcp::socket socket_;
  ConnectionTable::Entry entry_;
  std::shared_ptr<HttpHandler> handler_;
  const HttpTimes& times_;
  std::string remote_;
  beast::flat_buffer buffer_;
  std::string held_;  ///< responses that go with the next one
};

}  // namespace

ConnectionTable::Entry::Entry(ConnectionTable& table, Socket& socket)
    : table_(table), socket_(socket) {
  table_.entries_.push_front(this);
  place_ = table_.entries_.begin();
}

ConnectionTable::Entry::~Entry() { table_.entries_.erase(place_); }

void ConnectionTable::Entry::allow(Duration time) {
  until_ = time < Duration::zero() ? Moment::max() : std::chrono::steady_clock::now() + time;
}

void ConnectionTable::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto* const entry : entries_) {
    if (entry->until_ > now) continue;
    entry->until_ = Moment::max();
    boost::system::error_code ignored;
    entry->socket_.close(ignored);
  }
}

asio::awaitable<void> serve_connection(ConnectionTable& table, asio::ip::tcp::socket socket,
                                       std::shared_ptr<HttpHandler> handler,
                                       const HttpTimes& times) {
  Connection connection(table, std::move(socket), std::move(handler), times);
  co_await connection.serve();
}

}  // namespace strata::drivers::faas::emulator
