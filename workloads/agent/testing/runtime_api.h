#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/common/unique_fd.h"

namespace strata::agent::testing {

/// One request as the agent sent it.
struct Request {
  std::string line;  ///< "GET /2018-06-01/… HTTP/1.1"
  std::string head;  ///< header lines, in lower case
  std::string body;
};

/// A Runtime API that does what a test tells it, right or wrong, one connection at a time. Every
/// wait ends after ten seconds at the latest, with nothing.
class RuntimeApi {
 public:
  RuntimeApi();

  /// "127.0.0.1:PORT"
  [[nodiscard]] std::string address() const;
  /// The next request, on the connection that is there or a new one.
  std::optional<Request> next_request();
  /// Sends bytes as they are.
  void send(std::string_view bytes);
  void close();
  [[nodiscard]] std::size_t connections() const { return connections_; }

  /// Takes the next request for an event and answers it with one.
  bool give_event(std::string_view event, std::string_view id = "id-1",
                  std::string_view headers = {});
  /// Takes a POST to `path`, says 202 and returns what was posted.
  std::optional<Request> take_post(std::string_view path);

 private:
  bool wait_for(int fd) const;

  workloads::UniqueFd listener_;
  workloads::UniqueFd connection_;
  std::uint16_t port_ = 0;
  std::string received_;
  std::size_t connections_ = 0;
};

/// The agent as a process with this environment; killed and reaped on destruction.
class AgentProcess {
 public:
  explicit AgentProcess(const std::vector<std::string>& environment);
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;
  ~AgentProcess();

  /// Its exit code, once it has ended by itself; -1 if it does not within ten seconds or was
  /// killed.
  int wait();
  /// What it wrote to stderr. Only after wait().
  [[nodiscard]] std::string log() const;

 private:
  pid_t pid_ = -1;
  workloads::UniqueFd log_;
};

}  // namespace strata::agent::testing
