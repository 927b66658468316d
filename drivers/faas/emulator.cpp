#include "drivers/faas/emulator.h"

#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "results/vocabulary/error.h"

namespace strata::drivers::faas {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

}  // namespace

class Emulator::Implementation {
 public:
  explicit Implementation(EmulatorOptions options)
      : options_(std::move(options)), acceptor_(context_) {
    const auto tried = fmt::format("listen on {}:{}", options_.address, options_.port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) throw UsageError(tried, "the address is not a numeric one", "use 127.0.0.1");
    if (!address.is_loopback() && !options_.credentials) {
      throw UsageError(tried, "others could reach it and invoke functions",
                       "require signed requests (--require-auth), or listen on 127.0.0.1");
    }
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) throw Error(tried, error.message(), "choose another port");
  }

  void run() { context_.run(); }
  void stop() { context_.stop(); }
  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  EmulatorOptions options_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_;
};

Emulator::Emulator(EmulatorOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Emulator::~Emulator() = default;

void Emulator::run() { implementation_->run(); }
void Emulator::stop() { implementation_->stop(); }
std::uint16_t Emulator::port() const { return implementation_->endpoint().port(); }
std::string Emulator::endpoint() const {
  const auto endpoint = implementation_->endpoint();
  const auto address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("http://[{}]:{}", address, endpoint.port())
                                    : fmt::format("http://{}:{}", address, endpoint.port());
}

}  // namespace strata::drivers::faas
