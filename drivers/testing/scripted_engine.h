#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drivers/testing/temporary_folder.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::testing {

/// What the engine sends for a request, byte by byte as it is given, be it HTTP or not.
struct EngineReply {
  std::string bytes;
  bool closes = false;  ///< the connection ends behind it
};

/// An answer as HTTP has it.
EngineReply http_reply(int status, const std::string& body);

/// Something that listens at a unix socket and answers what it is told to, in a thread of its own.
/// A request that it was told nothing about is never answered.
class ScriptedEngine {
 public:
  ScriptedEngine();
  ~ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;

  /// `request` is the method and the path without version and query: "GET /containers/x/json".
  /// "GET /version" has an answer from the beginning: 1.41.
  void answer(const std::string& request, EngineReply reply);
  /// Every request so far, its first line and its body.
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] std::string socket_path() const { return folder_ / "engine.sock"; }

 private:
  struct Connection {
    UniqueFd fd;
    std::string received;
  };
  void serve();
  /// Answers the whole requests that have come. False: the connection is to end.
  bool serve_requests(Connection& connection);

  TemporaryFolder folder_;
  UniqueFd listener_;
  UniqueFd stop_;
  mutable std::mutex mutex_;
  std::map<std::string, EngineReply> replies_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace strata::drivers::testing
