#include "drivers/testing/scripted_engine.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <list>
#include <optional>
#include <stdexcept>

namespace strata::drivers::testing {
namespace {

/// Where the first whole request ends: its head, and a body with a length or in chunks.
std::optional<std::size_t> end_of_request(const std::string& bytes) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return std::nullopt;
  const auto body = head + 4;
  if (bytes.substr(0, head).find("chunked") != std::string::npos) {
    const auto last = bytes.find("0\r\n\r\n", body);
    return last == std::string::npos ? std::nullopt : std::optional(last + 5);
  }
  constexpr std::string_view kLength = "Content-Length: ";
  const auto at = bytes.find(kLength);
  const auto length = at < head ? std::stoul(bytes.substr(at + kLength.size())) : 0UL;
  return bytes.size() >= body + length ? std::optional(body + length) : std::nullopt;
}

/// "GET /v1.40/info?x HTTP/1.1" as "GET /info".
std::string name_of_request(const std::string& line) {
  const auto space = line.find(' ');
  auto path = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
  path = path.substr(0, path.find('?'));
  if (path.starts_with("/v1.")) path.erase(0, path.find('/', 1));
  return line.substr(0, space + 1) + path;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

EngineReply http_reply(int status, const std::string& body) {
  return {
      fmt::format("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  status, body.size(), body)};
}

ScriptedEngine::ScriptedEngine()
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (!stop_ ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 16) != 0) {
    throw std::runtime_error("listen at " + socket_path());
  }
  answer("GET /version", http_reply(200, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"));
  thread_ = std::thread([this] { serve(); });
}

ScriptedEngine::~ScriptedEngine() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void ScriptedEngine::answer(const std::string& request, EngineReply reply) {
  const std::lock_guard lock(mutex_);
  replies_[request] = std::move(reply);
}

std::vector<std::string> ScriptedEngine::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedEngine::serve_requests(Connection& connection) {
  while (const auto end = end_of_request(connection.received)) {
    const auto request = connection.received.substr(0, *end);
    connection.received.erase(0, *end);
    const auto line = request.substr(0, request.find("\r\n"));
    EngineReply reply;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(line + "\n" + request.substr(request.find("\r\n\r\n") + 4));
      const auto found = replies_.find(name_of_request(line));
      if (found == replies_.end()) continue;
      reply = found->second;
    }
    send_all(connection.fd.get(), reply.bytes);
    if (reply.closes) return false;
  }
  return true;
}

void ScriptedEngine::serve() {
  std::list<Connection> connections;
  for (;;) {
    std::vector<pollfd> watched{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& one : connections) watched.push_back({one.fd.get(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0) return;
    std::size_t index = 2;
    for (auto one = connections.begin(); one != connections.end(); ++index) {
      bool is_open = true;
      if (watched[index].revents != 0) {
        std::array<char, 65536> buffer{};
        const auto count = ::read(one->fd.get(), buffer.data(), buffer.size());
        if (count > 0) one->received.append(buffer.data(), static_cast<std::size_t>(count));
        is_open = count > 0 && serve_requests(*one);
      }
      one = is_open ? std::next(one) : connections.erase(one);
    }
    if (watched[1].revents != 0) {
      connections.push_back(
          {UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)), {}});
    }
  }
}

}  // namespace strata::drivers::testing
