#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>

#include "drivers/faas/emulator/http_server.h"

namespace strata::drivers::faas::emulator {

/// The connections of one event loop, with the moment by which each has to have done what it waits
/// for. One sweep a while for all of them costs less than a timer for each read. Used in its loop's
/// thread.
class ConnectionTable {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Moment = std::chrono::steady_clock::time_point;

  class Entry {
   public:
    Entry(ConnectionTable& table, Socket& socket);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    /// From now on it has so long; a negative time is for ever.
    void allow(Duration time);

   private:
    friend class ConnectionTable;
    ConnectionTable& table_;
    Socket& socket_;
    Moment until_ = Moment::max();
    std::list<Entry*>::iterator place_;
  };

  /// Closes those whose time is up: what they wait for then fails.
  void sweep();
  [[nodiscard]] const std::atomic<std::uint64_t>& busy() const { return busy_; }
  std::atomic<std::uint64_t>& busy() { return busy_; }

 private:
  std::list<Entry*> entries_;
  std::atomic<std::uint64_t> busy_{0};
};

/// Serves one connection to its end.
boost::asio::awaitable<void> serve_connection(ConnectionTable& table,
                                              boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<HttpHandler> handler,
                                              const HttpTimes& times);

}  // namespace strata::drivers::faas::emulator
