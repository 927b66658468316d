#include "drivers/faas/testing/scripted_platform.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "drivers/testing/scripted_agent.h"
#include "workloads/wire/base64.h"

namespace strata::drivers::faas::testing {
namespace {

using Json = nlohmann::json;

std::string with_lower_names(std::string head) {
  bool in_name = true;
  for (char& c : head) {
    if (c == '\n') in_name = true;
    if (c == ':') in_name = false;
    if (in_name && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return head;
}

/// Takes a whole request off the front of `received`. False: more has to come.
bool take_request(std::string& received, ScriptedRequest& request) {
  const auto head_end = received.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  const auto line_end = received.find("\r\n");
  request.head = with_lower_names(received.substr(line_end, head_end + 2 - line_end));
  constexpr std::string_view kLength = "\ncontent-length: ";
  const auto at = request.head.find(kLength);
  const auto length = at == std::string::npos
                          ? 0
                          : std::strtoul(request.head.c_str() + at + kLength.size(), nullptr, 10);
  if (received.size() < head_end + 4 + length) return false;
  const auto line = received.substr(0, line_end);
  const auto space = line.find(' ');
  request.method = line.substr(0, space);
  request.path = line.substr(space + 1, line.rfind(' ') - space - 1);
  request.body = received.substr(head_end + 4, length);
  received.erase(0, head_end + 4 + length);
  return true;
}

std::string bytes_of(const ScriptedReply& reply) {
  auto bytes = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const auto& line : reply.headers) bytes += line + "\r\n";
  return bytes + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), any, &size) != 0) {
    throw std::runtime_error("listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
}

std::string ScriptedServer::endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::size_t ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

void ScriptedServer::accept_all() {
  for (;;) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, fd = socket.get()] { serve(fd); });
    sockets_.push_back(std::move(socket));
  }
}

void ScriptedServer::serve(int fd) {
  std::string received;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) return;
    received.append(buffer.data(), static_cast<std::size_t>(count));
    ScriptedRequest request;
    while (take_request(received, request)) {
      ScriptedReply reply;
      {
        const std::lock_guard lock(mutex_);
        reply = script_(request);
      }
      if (reply.hang_up) {
        ::shutdown(fd, SHUT_RDWR);
        return;
      }
      const auto bytes = bytes_of(reply);
      std::size_t sent = 0;
      while (sent < bytes.size()) {
        const auto some = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (some <= 0) return;
        sent += static_cast<std::size_t>(some);
      }
    }
  }
}

ScriptedReply aws_error(int status, const std::string& type, const std::string& message) {
  return {status,
          {"x-amzn-ErrorType: " + type, "Content-Type: application/json"},
          Json{{"Type", "User"}, {"Message", message}}.dump()};
}

std::string log_header(const std::string& log) {
  std::string line = "X-Amz-Log-Result: ";
  wire::append_base64(line, log);
  return line;
}

std::string good_job_answer(std::uint64_t invocation, const std::string& output) {
  std::string answer = "{\"invocation\":" + std::to_string(invocation) +
                       ",\"sample\":" + drivers::testing::good_sample() + ",\"output\":\"";
  wire::append_base64(answer, output);
  return answer + "\",\"error_output\":\"\"}";
}

ScriptedPlatform::ScriptedPlatform()
    : server_([this](const ScriptedRequest& request) { return answer(request); }) {}

ScriptedReply ScriptedPlatform::answer(const ScriptedRequest& request) {
  requests.push_back(request);
  if (on_request) {
    auto reply = on_request(request);
    if (reply.status != 0) return reply;
  }
  const std::string functions_path = "/2015-03-31/functions";
  if (request.method == "POST" && request.path == functions_path) {
    const auto name = Json::parse(request.body)["FunctionName"].get<std::string>();
    if (functions.contains(name)) {
      return aws_error(409, "ResourceConflictException", "Function already exist: " + name);
    }
    functions[name] = {request.body, 0, pending};
    return {201, {}, Json{{"State", pending > 0 ? "Pending" : "Active"}}.dump()};
  }
  if (!request.path.starts_with(functions_path + "/")) return {404, {}, "{}"};
  const auto rest = request.path.substr(functions_path.size() + 1);
  const auto name = rest.substr(0, rest.find('/'));
  const auto function = functions.find(name);
  if (function == functions.end()) {
    return aws_error(404, "ResourceNotFoundException", "Function not found: " + name);
  }
  if (rest.ends_with("/invocations")) return invoke(function->second, request);
  if (request.method == "DELETE") {
    functions.erase(function);
    return {204, {}, ""};
  }
  const auto* const state = function->second.pending-- > 0 ? "Pending" : "Active";
  return {200, {}, Json{{"Configuration", {{"State", state}}}}.dump()};
}

ScriptedReply ScriptedPlatform::invoke(Function& function, const ScriptedRequest& request) const {
  const auto invocation = ++function.invocations;
  const auto event = Json::parse(request.body);
  const auto kind = event.value("strata", "");
  if (kind == "job") {
    if (on_job) return on_job(request.body, invocation);
    return {200, {}, good_job_answer(invocation)};
  }
  if (kind == "hello" || kind == "wait") {
    const std::string init = invocation == 1 ? "\tInit Duration: 7.5 ms" : "";
    return {200,
            {log_header("START\nREPORT RequestId: x\tDuration: 0.50 ms\tBilled Duration: 1 ms\t"
                        "Memory Size: 1769 MB\tMax Memory Used: 3 MB" +
                        init + "\t\n")},
            "{\"invocation\":" + std::to_string(invocation) + "}"};
  }
  return {200, {}, request.body};
}

}  // namespace strata::drivers::faas::testing
