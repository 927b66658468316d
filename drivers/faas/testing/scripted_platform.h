#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas::testing {

/// A request as it came, and what is to be answered.
struct ScriptedRequest {
  std::string method;
  std::string path;
  std::string head;  ///< header lines, names in lower case
  std::string body;
};
struct ScriptedReply {
  int status = 200;
  std::vector<std::string> headers = {};  ///< "Name: value"
  std::string body = {};
  bool hang_up = false;  ///< close the connection instead
};

/// An HTTP server on loopback that answers as a test tells it, each connection in a thread of its
/// own. Ends with all its connections on destruction.
class ScriptedServer {
 public:
  using Script = std::function<ScriptedReply(const ScriptedRequest&)>;
  /// `script` is called by many threads, one at a time.
  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string endpoint() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  void accept_all();
  void serve(int fd);

  Script script_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<UniqueFd> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// The functions of a platform with AWS's API, as far as the driver uses it, whose sandboxes are
/// agents that follow a script: they say hello, send events back, and answer jobs with `on_job`.
class ScriptedPlatform {
 public:
  ScriptedPlatform();

  [[nodiscard]] std::string endpoint() const { return server_.endpoint(); }

  // What it does; public, as a script is.
  std::function<ScriptedReply(const std::string& event, std::uint64_t invocation)> on_job;
  /// Set: what comes before anything else, for any request that it gives a status other than 0.
  std::function<ScriptedReply(const ScriptedRequest&)> on_request;
  int pending = 0;  ///< how often a new function is still Pending when asked

  // What was done with it.
  std::vector<ScriptedRequest> requests;
  struct Function {
    std::string definition;  ///< CreateFunction's body
    std::uint64_t invocations = 0;
    int pending = 0;
  };
  std::map<std::string, Function> functions;

 private:
  ScriptedReply answer(const ScriptedRequest& request);
  ScriptedReply invoke(Function& function, const ScriptedRequest& request) const;

  ScriptedServer server_;
};

/// The answer of an agent to a job that went well.
std::string good_job_answer(std::uint64_t invocation, const std::string& output = "");
/// An error as AWS words it.
ScriptedReply aws_error(int status, const std::string& type, const std::string& message);
/// The header with a function's log in it.
std::string log_header(const std::string& log);

}  // namespace strata::drivers::faas::testing
