// A runtime for tests and benchmarks of the emulator: the least that speaks the Runtime API, with
// blocking sockets and two system calls an invocation. What it does is said by _HANDLER:
//
//     echo             answers with the event
//     sleep:MS         answers "slept" after so long
//     crash            kills itself when an event comes
//     exit:CODE        exits when an event comes
//     exit-at-init     exits before it asks for an event
//     hang-at-init     never asks for one
//     init-error       reports an error and exits
//     never            takes an event and does not answer
//     error            reports an error of the function
//     stream           answers in chunks; stream-error: with an error in the trailers
//     twice            answers each event twice
//     other            answers for a request that it does not have, then for its own
//     flood            prints 10 MiB, then answers
//     large            answers with more than is allowed
//     print            prints a line, then answers
//     environment      answers with its environment, one variable a line
//     ignore-sigterm   as echo, and SIGTERM does not end it
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace {

[[noreturn]] void give_up(const char* why) {
  ::fprintf(stderr, "test bootstrap: %s\n", why);
  ::exit(90);
}

class Connection {
 public:
  explicit Connection(const std::string& address) {
    const auto colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(::atoi(address.c_str() + colon + 1)));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
      give_up("no address");
    }
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      give_up("can't connect");
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  void send(const std::string& text) const {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto count = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) ::exit(0);  // the sandbox is at its end
      sent += static_cast<std::size_t>(count);
    }
  }
  /// The next response: its status, head and body.
  int receive(std::string& head, std::string& body) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) more();
    head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    const auto length = static_cast<std::size_t>(::atol(header(head, "content-length").c_str()));
    while (received_.size() < length) more();
    body = received_.substr(0, length);
    received_.erase(0, length);
    return ::atoi(head.c_str() + 9);
  }
  static std::string header(const std::string& head, const char* name) {
    const auto length = ::strlen(name);
    for (auto at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
      const char* const line = head.c_str() + at + 2;
      if (::strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
      const auto begin = at + 2 + length + 2;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
    return {};
  }

 private:
  void more() {
    char buffer[16384];
    const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
    if (count <= 0) ::exit(0);
    received_.append(buffer, static_cast<std::size_t>(count));
  }
  int socket_ = -1;
  std::string received_;
};

const std::string kPrefix = "/2018-06-01/runtime/";

std::string post(const std::string& path, const std::string& body,
                 const std::string& headers = {}) {
  return "POST " + kPrefix + path +
         " HTTP/1.1\r\nHost: runtime\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

std::string stream(const std::string& id, bool fails) {
  std::string text = "POST " + kPrefix + "invocation/" + id +
                     "/response HTTP/1.1\r\nHost: runtime\r\nTransfer-Encoding: chunked\r\n"
                     "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                     "Trailer: Lambda-Runtime-Function-Error-Type, "
                     "Lambda-Runtime-Function-Error-Body\r\n\r\n";
  text += "5\r\n\"one \r\n5\r\ntwo\" \r\n0\r\n";
  if (fails) {
    // {"errorType":"Half","errorMessage":"way"}
    text +=
        "Lambda-Runtime-Function-Error-Type: Half\r\nLambda-Runtime-Function-Error-Body: "
        "eyJlcnJvclR5cGUiOiJIYWxmIiwiZXJyb3JNZXNzYWdlIjoid2F5In0=\r\n";
  }
  return text + "\r\n";
}

void print_much() {
  const std::string line(1023, 'x');
  for (int i = 0; i < 10 * 1024; ++i) ::puts(line.c_str());
  ::fflush(stdout);
}

std::string environment_json() {
  std::string text = "\"";
  for (char** entry = environ; *entry != nullptr; ++entry) {
    for (const char* c = *entry; *c != '\0'; ++c) {
      if (*c == '"' || *c == '\\') text += '\\';
      text += *c;
    }
    text += "\\n";
  }
  return text + "\"";
}

}  // namespace

int main() {
  const char* const address = ::getenv("AWS_LAMBDA_RUNTIME_API");
  const char* const handler = ::getenv("_HANDLER");
  if (address == nullptr || handler == nullptr) give_up("it is not a function's bootstrap here");
  const std::string what = handler;
  if (what == "ignore-sigterm") ::signal(SIGTERM, SIG_IGN);
  if (what == "exit-at-init") return 3;
  while (what == "hang-at-init") ::pause();
  Connection connection(address);
  std::string head;
  std::string body;
  const std::string error = R"({"errorType":"Own","errorMessage":"it is so"})";
  if (what == "init-error") {
    connection.send(post("init/error", error, "Lambda-Runtime-Function-Error-Type: Own\r\n"));
    connection.receive(head, body);
    return 1;
  }
  const auto next = "GET " + kPrefix + "invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n";
  connection.send(next);
  for (;;) {
    if (connection.receive(head, body) != 200) return 0;
    const auto id = Connection::header(head, "lambda-runtime-aws-request-id");
    auto answer = post("invocation/" + id + "/response", body);
    if (what == "crash") ::kill(::getpid(), SIGKILL);
    if (what.starts_with("exit:")) return ::atoi(what.c_str() + 5);
    if (what.starts_with("sleep:")) {
      ::usleep(static_cast<useconds_t>(::atoi(what.c_str() + 6)) * 1000);
      answer = post("invocation/" + id + "/response", "\"slept\"");
    }
    while (what == "never") ::pause();
    if (what == "error") answer = post("invocation/" + id + "/error", error);
    if (what == "stream" || what == "stream-error") answer = stream(id, what == "stream-error");
    if (what == "flood") print_much();
    if (what == "print") {
      ::puts("it works on it");
      ::fflush(stdout);
    }
    if (what == "large") {
      answer = post("invocation/" + id + "/response", std::string(6'291'557, '1'));
    }
    if (what == "environment") {
      answer = post("invocation/" + id + "/response", environment_json());
    }
    if (what == "other") {
      connection.send(post("invocation/00000000-0000-4000-8000-000000000000/response", "\"no\""));
      if (connection.receive(head, body) != 400) give_up("a wrong request id was taken");
    }
    if (what == "twice") {
      connection.send(answer);
      connection.receive(head, body);
      connection.send(answer);
      if (connection.receive(head, body) != 403) give_up("a second answer was taken");
      connection.send(next);
      continue;
    }
    connection.send(answer + next);
    connection.receive(head, body);
  }
}
