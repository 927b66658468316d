#include "drivers/faas/emulator/testing/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace strata::drivers::faas::emulator::testing {

HttpClient::HttpClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{30, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("can't connect to the emulator");
  }
}

bool HttpClient::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count =
        ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool HttpClient::more() {
  char buffer[16384];
  const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

Answer HttpClient::receive() {
  Answer answer;
  while (received_.find("\r\n\r\n") == std::string::npos) {
    if (!more()) return answer;
  }
  const auto end = received_.find("\r\n\r\n");
  answer.status = std::stoi(received_.substr(9, 3));
  for (auto at = received_.find("\r\n"); at < end;) {
    const auto next = received_.find("\r\n", at + 2);
    const auto line = received_.substr(at + 2, next - at - 2);
    const auto colon = line.find(": ");
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (colon != std::string::npos) answer.headers[name] = line.substr(colon + 2);
    at = next;
  }
  received_.erase(0, end + 4);
  if (answer.status == 100) return receive();
  const auto length =
      answer.headers.contains("content-length") ? std::stoul(answer.headers["content-length"]) : 0;
  while (received_.size() < length) {
    if (!more()) return answer;
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

Answer HttpClient::ask(const std::string& method, const std::string& target,
                       const std::string& body, const std::string& headers,
                       const std::string& host) {
  send(method + " " + target + " HTTP/1.1\r\nHost: " + host +
       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  return receive();
}

void HttpClient::finish_sending() const { ::shutdown(socket_.get(), SHUT_WR); }

}  // namespace strata::drivers::faas::emulator::testing
