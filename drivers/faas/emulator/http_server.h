#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "drivers/faas/emulator/http_message.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

/// How long a client may take. Of the host's clock, since that is what sockets know.
struct HttpTimes {
  Duration idle = std::chrono::seconds(75);   ///< between two requests
  Duration head = std::chrono::seconds(10);   ///< from its first byte to the end of the head
  Duration body = std::chrono::seconds(60);   ///< for the whole of it
  Duration write = std::chrono::seconds(60);  ///< for the client to take the response
};

/// Serves HTTP/1.1 on any number of ports, with one event loop a thread and a coroutine a
/// connection. The functions are thread-safe unless they say otherwise.
class HttpServer {
 public:
  /// `loops`: 0 for one a core.
  explicit HttpServer(std::uint32_t loops, HttpTimes times = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// A port that is listened to until this is destroyed; connections that are open stay so until
  /// their response has been written.
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    [[nodiscard]] virtual std::string address() const = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
  };
  /// `spread`: whether its connections go to all loops in turn, or all to one. Throws Error.
  std::unique_ptr<Listener> listen(const std::string& address, std::uint16_t port, bool spread,
                                   std::shared_ptr<HttpHandler> handler);

  /// Calls `task` again and again in a loop's thread, each time after what it returned. Before
  /// run().
  void every(std::function<Duration()> task);

  /// Runs the loops: one in this thread, the others in threads of their own. Until stop(). Once.
  void run();
  void stop();
  /// Requests that have come and whose responses have not been written.
  [[nodiscard]] std::uint64_t busy_connections() const;

  class Loops;

 private:
  std::unique_ptr<Loops> loops_;
};

}  // namespace strata::drivers::faas::emulator
