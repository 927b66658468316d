#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "results/vocabulary/clock.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {

/// What the engine answered.
struct EngineAnswer {
  long status = 0;
  std::string body;

  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

/// The Error for an answer that is no success: its status and the engine's own message.
Error refusal(const std::string& tried, const EngineAnswer& answer);

/// The text called `name` in an object of an answer; empty if there is none.
std::string text_in(const nlohmann::json& json, std::string_view name);

/// As a query wants it: everything but letters, digits and "-._~" as %XX (RFC 3986, 2.3).
std::string query_escaped(std::string_view text);

/// Gives the next piece of a request's body; an empty one is its end. Valid until the next call.
/// What it throws comes out of upload().
using BodySource = std::function<std::string_view()>;

/// Speaks a Docker Engine's HTTP API over its unix socket, through libcurl, on a kept connection.
/// Podman's service speaks the same. Used from one thread. Reference: docs.docker.com/engine/api.
///
/// Every call throws DeadlineExceeded, and Error if nothing answers, if the answer is not HTTP, is
/// cut off, or has more than 16 MiB. What it began is abandoned then.
class EngineClient {
 public:
  /// Connects when it is asked something. Throws Error if libcurl can't be used.
  explicit EngineClient(std::string socket_path);
  ~EngineClient();
  EngineClient(const EngineClient&) = delete;
  EngineClient& operator=(const EngineClient&) = delete;

  /// One call. `path` without the version: "/containers/create?name=x".
  EngineAnswer call(const std::string& method, const std::string& path, Deadline deadline,
                    const nlohmann::json& body = nullptr);
  /// A POST with a body of any size, which is sent as it is made.
  EngineAnswer upload(const std::string& path, const std::string& content_type,
                      const BodySource& source, Deadline deadline);
  /// A call that is answered 2xx with JSON (null if it is empty); else throws Error.
  nlohmann::json ask(const std::string& method, const std::string& path, Deadline deadline,
                     const nlohmann::json& body = nullptr);

  /// A call whose answer comes later, on a connection of its own. The client must outlive it.
  class Pending {
   public:
    struct State;
    explicit Pending(std::unique_ptr<State> state);
    ~Pending();
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    /// Waits for the answer; once only. Throws as call() does.
    EngineAnswer finish(Deadline deadline);

   private:
    friend class EngineClient;
    std::unique_ptr<State> state_;
  };
  /// Begins a call before the thing that it waits for is done: wait?condition=removed.
  std::unique_ptr<Pending> begin(const std::string& method, const std::string& path,
                                 Deadline deadline);

  /// While a call is waited for, also watches this descriptor, and calls `arrived` whenever it can
  /// be read, until that returns false. What it throws comes out of the call. -1: none.
  void watch(int fd, std::function<bool()> arrived = {});

  /// The path with the API's version before it. Asks the engine for its versions the first time:
  /// 1.40 (of 2019) has all that is used here, but newer engines may want a newer one.
  std::string versioned(const std::string& path, Deadline deadline);
  /// "POST /containers/create of the engine at /run/docker.sock", for error texts.
  [[nodiscard]] std::string describe(const std::string& method, const std::string& path) const;
  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

 private:
  struct State;
  std::string socket_path_;
  std::unique_ptr<State> state_;
};

/// For error texts: what the user can do if something at the socket does not speak as an engine.
inline constexpr auto kNoEngine = "what answers at this socket is no Docker engine";

}  // namespace strata::drivers
