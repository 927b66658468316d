#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers {

/// What the engine answered.
struct EngineAnswer {
  long status = 0;
  std::string body;
};

/// Gives the next piece of a request's body; an empty one is its end. Valid until the next call.
using BodySource = std::function<std::string_view()>;

/// Speaks a Docker Engine's HTTP API over its unix socket, through libcurl, on kept connections.
/// Podman's service speaks the same. Used from one thread. Reference: docs.docker.com/engine/api.
class EngineClient {
 public:
  /// `socket`: "unix:///path" or a path. Throws UsageError for what is neither. Connects only when
  /// asked something.
  EngineClient(const std::string& socket, const Clock& clock);
  ~EngineClient();
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;

  /// One call. `path` without the version: "/containers/create?name=x". Throws DeadlineExceeded;
  /// Error if nothing answers, if what answers is not HTTP, or if the answer is larger than 16 MiB.
  EngineAnswer call(const std::string& method, const std::string& path, Deadline deadline,
                    const nlohmann::json& body = nullptr);
  /// The same, with a body of any size that is sent as it is made.
  EngineAnswer upload(const std::string& path, const std::string& content_type,
                      const BodySource& source, Deadline deadline);

  /// A call that is answered 2xx with JSON, or else an Error with the engine's own message.
  nlohmann::json ask(const std::string& method, const std::string& path, Deadline deadline,
                     const nlohmann::json& body = nullptr);

  /// A call whose answer comes later (wait?condition=removed), on a connection of its own. Begun
  /// before the thing it waits for; finish() or drop it.
  class Pending {
   public:
    ~Pending();
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    /// Waits for the answer. Throws as call() does.
    EngineAnswer finish(Deadline deadline);

   private:
    friend class EngineClient;
    struct State;
    explicit Pending(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  std::unique_ptr<Pending> begin(const std::string& method, const std::string& path,
                                 Deadline deadline);

  /// While calls are under way, watch this descriptor too, and call `arrived` whenever it can be
  /// read, until that returns false. -1: none.
  void watch(int fd, std::function<bool()> arrived = {});

  /// A connection that has been turned into a plain stream by `method path`: its socket, and the
  /// bytes that came behind the answer's head. Throws as ask() does.
  struct Hijacked {
    UniqueFd socket;
    std::string first_bytes;
  };
  Hijacked hijack(const std::string& path, Deadline deadline) const;

  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

 private:
  struct State;
  std::string socket_path_;
  std::unique_ptr<State> state_;
};

}  // namespace strata::drivers
