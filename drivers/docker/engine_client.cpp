#include "drivers/docker/engine_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drivers/fd_stream.h"
#include "results/vocabulary/error.h"

namespace strata::drivers {
namespace {

/// The least version that has all we use; engines since 2019 speak it.
constexpr auto kVersion = "/v1.40";
constexpr std::size_t kLargestAnswer = 16UL << 20U;
constexpr std::size_t kLargestHead = 64UL << 10U;
constexpr auto kNothingAnswers =
    "start an engine (systemctl start docker), or let ci/with-docker start a private one";

struct EasyDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

/// One call under way.
struct Transfer {
  std::string tried;
  std::string body;
  BodySource source;
  std::string_view piece;  ///< of the source, not yet sent
  EngineAnswer answer;
  bool too_large = false;
  bool done = false;
  CURLcode result = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> said{};
  List headers;
};

std::size_t receive(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + size > kLargestAnswer) {
    transfer.too_large = true;
    return 0;
  }
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t send_piece(char* buffer, std::size_t /*one*/, std::size_t room, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.piece.empty()) transfer.piece = transfer.source();
  const auto size = std::min(room, transfer.piece.size());
  std::memcpy(buffer, transfer.piece.data(), size);
  transfer.piece.remove_prefix(size);
  return size;
}

/// What an engine says in an answer that is no success: {"message": "…"}.
std::string message_of(const EngineAnswer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  constexpr std::size_t kShown = 300;
  std::string text = json.is_object() && json.contains("message") && json["message"].is_string()
                         ? json["message"].get<std::string>()
                         : answer.body.substr(0, kShown);
  return fmt::format("{}: {}", answer.status, text.empty() ? "no message" : text);
}

void add_header(Transfer& transfer, const std::string& line) {
  auto* const longer = ::curl_slist_append(transfer.headers.get(), line.c_str());
  static_cast<void>(transfer.headers.release());
  transfer.headers.reset(longer);
}

}  // namespace

struct EngineClient::State {
  State(const Clock& used_clock, std::string path)
      : clock(used_clock), socket_path(std::move(path)) {}

  const Clock& clock;
  std::string socket_path;
  Multi multi{::curl_multi_init()};
  Easy kept{::curl_easy_init()};  ///< for one call after the other: it keeps its connection
  int watched_fd = -1;
  std::function<bool()> arrived;

  void prepare(CURL* easy, const std::string& method, const std::string& path,
               Transfer& transfer) const {
    ::curl_easy_reset(easy);
    transfer.tried = fmt::format("{} {} of the engine at {}", method, path, socket_path);
    const auto url = fmt::format("http://engine{}{}", kVersion, path);
    ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path.c_str());
    ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.said.data());
    ::curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    if (transfer.source) {
      ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
      ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
      ::curl_easy_setopt(easy, CURLOPT_READFUNCTION, &send_piece);
      ::curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
      add_header(transfer, "Transfer-Encoding: chunked");
      add_header(transfer, "Expect:");
    } else if (method == "POST") {
      ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.body.c_str());
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(transfer.body.size()));
      add_header(transfer, "Content-Type: application/json");
    }
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  }

  void start(CURL* easy) const {
    ::curl_multi_add_handle(multi.get(), easy);
    step();
  }

  /// Lets every transfer do what it can without waiting.
  void step() const {
    int running = 0;
    ::curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const auto* const message = ::curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &transfer->answer.status);
      transfer->result = message->data.result;
      transfer->done = true;
    }
  }

  void await(const Transfer& transfer, Deadline deadline) {
    while (!transfer.done) {
      if (deadline.expired()) {
        throw DeadlineExceeded(transfer.tried, "the engine did not answer before the deadline",
                               "is it busy or hanging? its log tells");
      }
      curl_waitfd extra{watched_fd, CURL_WAIT_POLLIN, 0};
      ::curl_multi_poll(multi.get(), watched_fd >= 0 ? &extra : nullptr, watched_fd >= 0 ? 1 : 0,
                        deadline.poll_milliseconds(), nullptr);
      if (watched_fd >= 0 && extra.revents != 0 && !arrived()) watched_fd = -1;
      step();
    }
    if (transfer.too_large) throw Error(transfer.tried, "it answered with more than 16 MiB");
    if (transfer.result == CURLE_OK) return;
    const std::string said =
        transfer.said[0] != '\0' ? transfer.said.data() : ::curl_easy_strerror(transfer.result);
    throw Error(transfer.tried, said,
                transfer.result == CURLE_COULDNT_CONNECT ? kNothingAnswers : "");
  }

  void remove(CURL* easy) const { ::curl_multi_remove_handle(multi.get(), easy); }

  EngineAnswer carry_out(Transfer& transfer, const std::string& method, const std::string& path,
                         Deadline deadline) {
    prepare(kept.get(), method, path, transfer);
    struct Remover {
      State& state;
      ~Remover() { state.remove(state.kept.get()); }
    } const remover{*this};
    start(kept.get());
    await(transfer, deadline);
    return std::move(transfer.answer);
  }
};

EngineClient::EngineClient(const std::string& socket, const Clock& clock) : socket_path_(socket) {
  constexpr std::string_view kScheme = "unix://";
  if (socket_path_.starts_with(kScheme)) socket_path_.erase(0, kScheme.size());
  if (!socket_path_.starts_with('/') || socket_path_.size() >= sizeof(sockaddr_un::sun_path)) {
    throw UsageError(fmt::format("use the engine at \"{}\"", socket),
                     "Strata speaks to engines of this host only, over a unix socket",
                     "write unix:///var/run/docker.sock or the socket's path");
  }
  static const CURLcode kInitialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  state_.reset(new State(clock, socket_path_));
  if (kInitialised != CURLE_OK || !state_->multi || !state_->kept) {
    throw Error("start libcurl", "it could not be initialised");
  }
}

EngineClient::~EngineClient() = default;

EngineAnswer EngineClient::call(const std::string& method, const std::string& path,
                                Deadline deadline, const nlohmann::json& body) {
  Transfer transfer;
  if (!body.is_null()) transfer.body = body.dump();
  return state_->carry_out(transfer, method, path, deadline);
}

EngineAnswer EngineClient::upload(const std::string& path, const std::string& content_type,
                                  const BodySource& source, Deadline deadline) {
  Transfer transfer;
  transfer.source = source;
  add_header(transfer, "Content-Type: " + content_type);
  return state_->carry_out(transfer, "POST", path, deadline);
}

nlohmann::json EngineClient::ask(const std::string& method, const std::string& path,
                                 Deadline deadline, const nlohmann::json& body) {
  const auto tried = fmt::format("{} {} of the engine at {}", method, path, socket_path_);
  const auto answer = call(method, path, deadline, body);
  constexpr long kSuccess = 2;
  if (answer.status / 100 != kSuccess) throw Error(tried, message_of(answer));
  if (answer.body.empty()) return nullptr;
  auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) {
    throw Error(tried, fmt::format("it answered with no JSON: {}", answer.body.substr(0, 100)),
                "what answers at this socket is no Docker engine");
  }
  return json;
}

struct EngineClient::Pending::State {
  explicit State(EngineClient::State& used_client) : client(used_client) {}

  EngineClient::State& client;
  Easy easy{::curl_easy_init()};
  Transfer transfer;
};

EngineClient::Pending::Pending(std::unique_ptr<State> state) : state_(std::move(state)) {}
EngineClient::Pending::~Pending() { state_->client.remove(state_->easy.get()); }

EngineAnswer EngineClient::Pending::finish(Deadline deadline) {
  state_->client.await(state_->transfer, deadline);
  return state_->transfer.answer;
}

std::unique_ptr<EngineClient::Pending> EngineClient::begin(const std::string& method,
                                                           const std::string& path,
                                                           Deadline /*deadline*/) {
  std::unique_ptr<Pending::State> pending(new Pending::State(*state_));
  state_->prepare(pending->easy.get(), method, path, pending->transfer);
  state_->start(pending->easy.get());
  return std::unique_ptr<Pending>(new Pending(std::move(pending)));
}

void EngineClient::watch(int fd, std::function<bool()> arrived) {
  state_->watched_fd = fd;
  state_->arrived = std::move(arrived);
}

EngineClient::Hijacked EngineClient::hijack(const std::string& path, Deadline deadline) const {
  namespace http = boost::beast::http;
  const auto tried = fmt::format("POST {} of the engine at {}", path, socket_path_);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path_.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (!fd ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw system_error(tried, errno, kNothingAnswers);
  }
  const auto request = fmt::format(
      "POST {}{} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\nContent-Length: "
      "0\r\n"
      "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
      kVersion, path);
  for (std::string_view rest = request; !rest.empty();) {
    const auto count = ::send(fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) wait_for(fd.get(), POLLOUT, deadline, tried);
    if (count < 0 && errno != EAGAIN && errno != EINTR) throw system_error(tried, errno);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  std::string received;
  auto head_end = std::string::npos;
  while ((head_end = received.find("\r\n\r\n")) == std::string::npos) {
    std::array<char, 4096> buffer{};
    const auto count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EAGAIN) wait_for(fd.get(), POLLIN, deadline, tried);
    if (count < 0 && errno != EAGAIN && errno != EINTR) throw system_error(tried, errno);
    if (count == 0 || received.size() > kLargestHead) {
      throw Error(tried, fmt::format("it did not answer with HTTP: {}", received.substr(0, 100)),
                  "what answers at this socket is no Docker engine");
    }
    if (count > 0) received.append(buffer.data(), static_cast<std::size_t>(count));
  }
  head_end += 4;
  http::response_parser<http::empty_body> parser;
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(received.data(), head_end), error);
  if (error || !parser.is_header_done()) {
    throw Error(tried, fmt::format("its answer is not HTTP: {}", error.message()),
                "what answers at this socket is no Docker engine");
  }
  const auto status = parser.get().result_int();
  constexpr unsigned kSwitching = 101;
  constexpr unsigned kOk = 200;
  if (status != kSwitching && status != kOk) {
    throw Error(tried, message_of({static_cast<long>(status), received.substr(head_end)}));
  }
  return {std::move(fd), received.substr(head_end)};
}

}  // namespace strata::drivers
