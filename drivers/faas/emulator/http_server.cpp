#include "drivers/faas/emulator/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "drivers/faas/emulator/http_connection.h"
#include "results/vocabulary/error.h"

namespace strata::drivers::faas::emulator {
namespace {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr Duration kSweepInterval = std::chrono::milliseconds(250);
/// After the host has run out of descriptors, until it is tried again.
constexpr Duration kAcceptPause = std::chrono::milliseconds(50);

struct Loop {
  ConnectionTable table;  // the coroutines in the context refer to it
  asio::io_context context{1};
};

asio::awaitable<void> repeat(std::function<Duration()> task) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(task());
    co_await timer.async_wait(use_awaitable);
  }
}

tcp::acceptor bind(asio::io_context& context, const std::string& address, std::uint16_t port) {
  const auto tried = fmt::format("listen on {}:{}", address, port);
  boost::system::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) throw UsageError(tried, "the address is not a numeric one", "use 127.0.0.1");
  const tcp::endpoint endpoint(parsed, port);
  tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) throw system_error(tried, error.value(), "choose another address or port");
  return acceptor;
}

}  // namespace

class HttpServer::Loops {
 public:
  Loops(std::uint32_t count, const HttpTimes& http_times) : times(http_times) {
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    for (std::uint32_t i = 0; i < count; ++i) {
      all.push_back(std::make_unique<Loop>());
      auto& loop = *all.back();
      asio::co_spawn(loop.context, repeat([&loop] {
                       loop.table.sweep();
                       return kSweepInterval;
                     }),
                     asio::detached);
    }
  }

  Loop& next() { return *all[turn++ % all.size()]; }

  HttpTimes times;
  std::vector<std::unique_ptr<Loop>> all;
  std::atomic<std::size_t> turn{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;
};

namespace {

class TcpListener final : public HttpServer::Listener {
 public:
  TcpListener(HttpServer::Loops& loops, const std::string& address, std::uint16_t port, bool spread,
              std::shared_ptr<HttpHandler> handler)
      : state_(std::make_shared<State>(loops, loops.next(), spread, std::move(handler), address,
                                       port)),
        endpoint_(state_->acceptor.local_endpoint()) {
    asio::co_spawn(state_->loop.context, accept(state_), asio::detached);
  }
  ~TcpListener() override {
    asio::post(state_->loop.context, [state = state_] {
      boost::system::error_code ignored;
      state->acceptor.close(ignored);
    });
  }
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  [[nodiscard]] std::string address() const override { return endpoint_.address().to_string(); }
  [[nodiscard]] std::uint16_t port() const override { return endpoint_.port(); }

 private:
  struct State {
    State(HttpServer::Loops& all_loops, Loop& own_loop, bool spreads,
          std::shared_ptr<HttpHandler> http_handler, const std::string& address, std::uint16_t port)
        : loops(all_loops),
          loop(own_loop),
          spread(spreads),
          handler(std::move(http_handler)),
          acceptor(bind(own_loop.context, address, port)) {}
    HttpServer::Loops& loops;
    Loop& loop;
    bool spread;
    std::shared_ptr<HttpHandler> handler;
    tcp::acceptor acceptor;
  };

  static asio::awaitable<void> accept(std::shared_ptr<State> state) {
    while (state->acceptor.is_open()) {
      auto& loop = state->spread ? state->loops.next() : state->loop;
      boost::system::error_code error;
      auto socket =
          co_await state->acceptor.async_accept(loop.context, redirect_error(use_awaitable, error));
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
      if (error) {
        asio::steady_timer pause(co_await asio::this_coro::executor, kAcceptPause);
        co_await pause.async_wait(redirect_error(use_awaitable, error));
        continue;
      }
      asio::co_spawn(
          loop.context,
          serve_connection(loop.table, std::move(socket), state->handler, state->loops.times),
          asio::detached);
    }
  }

  std::shared_ptr<State> state_;
  tcp::endpoint endpoint_;
};

}  // namespace

HttpServer::HttpServer(std::uint32_t loops, HttpTimes times)
    : loops_(std::make_unique<Loops>(loops, times)) {}

HttpServer::~HttpServer() = default;

std::unique_ptr<HttpServer::Listener> HttpServer::listen(const std::string& address,
                                                         std::uint16_t port, bool spread,
                                                         std::shared_ptr<HttpHandler> handler) {
  return std::make_unique<TcpListener>(*loops_, address, port, spread, std::move(handler));
}

void HttpServer::every(std::function<Duration()> task) {
  asio::co_spawn(loops_->all.front()->context, repeat(std::move(task)), asio::detached);
}

void HttpServer::run() {
  const auto run_loop = [this](Loop& loop) {
    try {
      loop.context.run();
    } catch (...) {
      const std::scoped_lock lock(loops_->failure_mutex);
      if (!loops_->failure) loops_->failure = std::current_exception();
      stop();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < loops_->all.size(); ++i) {
      threads.emplace_back([&run_loop, &loop = *loops_->all[i]] { run_loop(loop); });
    }
    run_loop(*loops_->all.front());
  }
  if (loops_->failure) std::rethrow_exception(loops_->failure);
}

void HttpServer::stop() {
  for (const auto& loop : loops_->all) loop->context.stop();
}

std::uint64_t HttpServer::busy_connections() const {
  std::uint64_t busy = 0;
  for (const auto& loop : loops_->all) busy += loop->table.busy();
  return busy;
}

}  // namespace strata::drivers::faas::emulator
