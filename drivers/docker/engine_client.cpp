#include "drivers/docker/engine_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "drivers/docker/engine_socket.h"
#include "drivers/printable.h"

namespace strata::drivers {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLargestAnswer = 16UL << 20U;
constexpr std::size_t kLargestHead = 64UL << 10U;
constexpr auto kAskItsLog = "the engine's log says more (journalctl --unit docker)";

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
  std::exception_ptr source_failure;
  EngineAnswer answer;
  std::size_t head_size = 0;
  const char* too_large = nullptr;  ///< set: which part of the answer is
  bool done = false;
  CURLcode result = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> said{};
  List headers;
};

std::size_t receive(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.answer.body.size() + size > kLargestAnswer) {
    transfer.too_large = "an answer of more than 16 MiB";
    return 0;
  }
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t receive_head(char* /*data*/, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.head_size += size;
  if (transfer.head_size <= kLargestHead) return size;
  transfer.too_large = "headers of more than 64 KiB";
  return 0;
}

std::size_t send_piece(char* buffer, std::size_t /*one*/, std::size_t room, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    if (transfer.piece.empty()) transfer.piece = transfer.source();
  } catch (...) {
    // Not through libcurl, which is C.
    transfer.source_failure = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
  const auto size = std::min(room, transfer.piece.size());
  std::memcpy(buffer, transfer.piece.data(), size);
  transfer.piece.remove_prefix(size);
  return size;
}

void add_header(Transfer& transfer, const std::string& line) {
  auto* const longer = ::curl_slist_append(transfer.headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(transfer.headers.release());
  transfer.headers.reset(longer);
}

/// Why libcurl gave a call up.
Error failure_of(const Transfer& transfer, CURL* easy) {
  const std::string said =
      transfer.said[0] != '\0' ? transfer.said.data() : ::curl_easy_strerror(transfer.result);
  long os_error = 0;
  switch (transfer.result) {
    case CURLE_COULDNT_CONNECT:
      ::curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
      return os_error != 0 ? system_error(transfer.tried, static_cast<int>(os_error),
                                          connecting_remedy(static_cast<int>(os_error)))
                           : Error(transfer.tried, said);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return {transfer.tried, "it ended the connection before its answer was whole: " + said,
              std::string("it has probably died; ") + kAskItsLog};
    default:
      return {transfer.tried, said, kNoEngine};
  }
}

/// "1.41" as 1, 41.
std::optional<std::pair<int, int>> version_of(const Json& json, const char* name) {
  const auto text = text_in(json, name);
  const auto* const end = text.data() + text.size();
  std::pair<int, int> version;
  const auto [dot, no_major] = std::from_chars(text.data(), end, version.first);
  if (no_major != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [stop, no_minor] = std::from_chars(dot + 1, end, version.second);
  if (no_minor != std::errc() || stop != end) return std::nullopt;
  return version;
}

}  // namespace

Error refusal(const std::string& tried, const EngineAnswer& answer) {
  const auto message = text_in(Json::parse(answer.body, nullptr, false), "message");
  if (!message.empty()) {
    return {tried, fmt::format("{}: {}", answer.status, message),
            answer.status >= 500 ? kAskItsLog : ""};
  }
  return {tried, fmt::format("{}, without a message: {}", answer.status, printable(answer.body)),
          kNoEngine};
}

std::string text_in(const Json& json, std::string_view name) {
  if (!json.is_object()) return {};
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string query_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      result += c;
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

struct EngineClient::State {
  explicit State(std::string path) : socket_path(std::move(path)) {}

  std::string socket_path;
  std::string version;  ///< "/v1.40", once it is known
  Multi multi{::curl_multi_init()};
  Easy kept{::curl_easy_init()};  ///< for one call after the other: it keeps its connection
  int watched_fd = -1;
  std::function<bool()> arrived;

  void prepare(CURL* easy, const std::string& method, const std::string& path,
               Transfer& transfer) const {
    ::curl_easy_reset(easy);
    ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path.c_str());
    ::curl_easy_setopt(easy, CURLOPT_URL, ("http://engine" + path).c_str());
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &receive_head);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.said.data());
    ::curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    if (transfer.source) {
      ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
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
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  }

  void start(CURL* easy) const {
    ::curl_multi_add_handle(multi.get(), easy);
    step();
  }
  void remove(CURL* easy) const { ::curl_multi_remove_handle(multi.get(), easy); }

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

  static void require_time(const Transfer& transfer, Deadline deadline) {
    if (!deadline.expired()) return;
    throw DeadlineExceeded(transfer.tried, "the engine did not answer before the deadline",
                           std::string("is it busy, or does it hang? ") + kAskItsLog);
  }

  EngineAnswer await(Transfer& transfer, CURL* easy, Deadline deadline) {
    while (!transfer.done) {
      require_time(transfer, deadline);
      // As poll(2) passes over negative descriptors, so does curl.
      std::array<curl_waitfd, 2> extra{
          {{watched_fd, CURL_WAIT_POLLIN, 0}, {deadline.cancellation_fd(), CURL_WAIT_POLLIN, 0}}};
      ::curl_multi_poll(multi.get(), extra.data(), extra.size(), deadline.poll_milliseconds(),
                        nullptr);
      if (watched_fd >= 0 && extra[0].revents != 0 && !arrived()) watched_fd = -1;
      step();
    }
    if (transfer.source_failure) std::rethrow_exception(transfer.source_failure);
    if (transfer.too_large != nullptr) {
      throw Error(transfer.tried, fmt::format("it sent {}", transfer.too_large), kNoEngine);
    }
    if (transfer.result != CURLE_OK) throw failure_of(transfer, easy);
    return std::move(transfer.answer);
  }

  EngineAnswer carry_out(Transfer& transfer, const std::string& method, const std::string& path,
                         Deadline deadline) {
    struct Remover {
      State& state;
      ~Remover() { state.remove(state.kept.get()); }
    } const remover{*this};
    require_time(transfer, deadline);  // before the engine begins what nobody waits for
    prepare(kept.get(), method, path, transfer);
    start(kept.get());
    return await(transfer, kept.get(), deadline);
  }
};

EngineClient::EngineClient(std::string socket_path) : socket_path_(std::move(socket_path)) {
  static const CURLcode kInitialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  state_ = std::make_unique<State>(socket_path_);
  if (kInitialised != CURLE_OK || !state_->multi || !state_->kept) {
    throw Error("start libcurl", "it could not be initialised");
  }
}

EngineClient::~EngineClient() = default;

std::string EngineClient::describe(const std::string& method, const std::string& path) const {
  return fmt::format("{} {} of the engine at {}", method, path, socket_path_);
}

std::string EngineClient::versioned(const std::string& path, Deadline deadline) {
  if (!state_->version.empty()) return state_->version + path;
  Transfer transfer;
  transfer.tried = describe("GET", "/version");
  const auto answer = state_->carry_out(transfer, "GET", "/version", deadline);
  if (!answer.is_success()) throw refusal(transfer.tried, answer);
  const auto json = Json::parse(answer.body, nullptr, false);
  const auto newest = version_of(json, "ApiVersion");
  if (!newest) {
    throw Error(transfer.tried,
                fmt::format("it answered with no version: {}", printable(answer.body)), kNoEngine);
  }
  constexpr std::pair kWanted{1, 40};
  const auto chosen = std::max(kWanted, version_of(json, "MinAPIVersion").value_or(kWanted));
  if (*newest < chosen) {
    throw Error(
        transfer.tried,
        fmt::format("it speaks version {}.{} of the API at most", newest->first, newest->second),
        "Strata needs 1.40: Docker 19.03 or newer");
  }
  state_->version = fmt::format("/v{}.{}", chosen.first, chosen.second);
  return state_->version + path;
}

EngineAnswer EngineClient::call(const std::string& method, const std::string& path,
                                Deadline deadline, const Json& body) {
  const auto full = versioned(path, deadline);
  Transfer transfer;
  transfer.tried = describe(method, path);
  if (!body.is_null()) transfer.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return state_->carry_out(transfer, method, full, deadline);
}

EngineAnswer EngineClient::upload(const std::string& path, const std::string& content_type,
                                  const BodySource& source, Deadline deadline) {
  const auto full = versioned(path, deadline);
  Transfer transfer;
  transfer.tried = describe("POST", path);
  transfer.source = source;
  add_header(transfer, "Content-Type: " + content_type);
  return state_->carry_out(transfer, "POST", full, deadline);
}

Json EngineClient::ask(const std::string& method, const std::string& path, Deadline deadline,
                       const Json& body) {
  const auto answer = call(method, path, deadline, body);
  if (!answer.is_success()) throw refusal(describe(method, path), answer);
  if (answer.body.empty()) return nullptr;
  auto json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) {
    throw Error(describe(method, path),
                fmt::format("it answered with no JSON: {}", printable(answer.body)), kNoEngine);
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
  return state_->client.await(state_->transfer, state_->easy.get(), deadline);
}

std::unique_ptr<EngineClient::Pending> EngineClient::begin(const std::string& method,
                                                           const std::string& path,
                                                           Deadline deadline) {
  const auto full = versioned(path, deadline);
  auto pending = std::make_unique<Pending>(std::make_unique<Pending::State>(*state_));
  auto& state = *pending->state_;
  if (!state.easy) throw Error("start libcurl", "it could not be initialised");
  state.transfer.tried = describe(method, path);
  state_->prepare(state.easy.get(), method, full, state.transfer);
  state_->start(state.easy.get());
  return pending;
}

void EngineClient::watch(int fd, std::function<bool()> arrived) {
  state_->watched_fd = fd;
  state_->arrived = std::move(arrived);
}

}  // namespace strata::drivers
