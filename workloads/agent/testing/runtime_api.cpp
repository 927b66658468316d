#include "workloads/agent/testing/runtime_api.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace strata::agent::testing {
namespace {

constexpr int kLongestWaitMs = 10'000;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool can_be_read(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, kLongestWaitMs) == 1;
}

}  // namespace

RuntimeApi::RuntimeApi() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  require(::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 8) == 0 &&
          ::getsockname(listener_.get(), any, &size) == 0);
  port_ = ntohs(address.sin_port);
}

std::string RuntimeApi::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::optional<Request> RuntimeApi::next_request() {
  for (;;) {
    if (!connection_) {
      if (!can_be_read(listener_.get())) return std::nullopt;
      connection_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ++connections_;
      received_.clear();
    }
    const auto head_end = received_.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      Request request;
      const auto line_end = received_.find("\r\n");
      request.line = received_.substr(0, line_end);
      request.head = lowered(received_.substr(line_end, head_end + 2 - line_end));
      const auto at = request.head.find("\r\ncontent-length: ");
      const auto length =
          at == std::string::npos ? 0 : std::strtoul(request.head.c_str() + at + 18, nullptr, 10);
      if (received_.size() >= head_end + 4 + length) {
        request.body = received_.substr(head_end + 4, length);
        received_.erase(0, head_end + 4 + length);
        return request;
      }
    }
    if (!can_be_read(connection_.get())) return std::nullopt;
    std::array<char, 65536> buffer{};
    const auto count = ::recv(connection_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      connection_.reset();
    } else {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
}

void RuntimeApi::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RuntimeApi::close() { connection_.reset(); }

bool RuntimeApi::give_event(std::string_view event, std::string_view id, std::string_view headers) {
  const auto request = next_request();
  if (!request || request->line != "GET /2018-06-01/runtime/invocation/next HTTP/1.1") return false;
  send("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: " + std::string(id) + "\r\n" +
       std::string(headers) + "Content-Length: " + std::to_string(event.size()) + "\r\n\r\n" +
       std::string(event));
  return true;
}

std::optional<Request> RuntimeApi::take_post(std::string_view path) {
  auto request = next_request();
  if (!request || request->line != "POST /2018-06-01/runtime" + std::string(path) + " HTTP/1.1") {
    return std::nullopt;
  }
  send(
      "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
      "{\"status\":\"OK\"}\n");
  return request;
}

AgentProcess::AgentProcess(const std::vector<std::string>& environment)
    : log_(::memfd_create("agent-log", MFD_CLOEXEC)) {
  std::vector<char*> variables;
  variables.reserve(environment.size() + 1);
  for (const auto& one : environment) variables.push_back(const_cast<char*>(one.c_str()));
  variables.push_back(nullptr);
  // One of another machine type is run by the emulator that runs the tests.
  std::vector<char*> arguments;
  for (const char* const word : {STRATA_EMULATOR, STRATA_AGENT}) {
    if (*word != 0) arguments.push_back(const_cast<char*>(word));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
  ::posix_spawn_file_actions_adddup2(&actions, log_.get(), 2);
  require(::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(),
                         variables.data()) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
}

AgentProcess::~AgentProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

int AgentProcess::wait() {
  const workloads::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!can_be_read(handle.get())) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string AgentProcess::log() const {
  std::array<char, 4096> text{};
  const auto count = ::pread(log_.get(), text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

}  // namespace strata::agent::testing
