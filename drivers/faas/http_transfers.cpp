#include "drivers/faas/http_transfers.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <map>

#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas {
namespace {

constexpr std::size_t kLargestAnswer = 16UL << 20U;
constexpr std::size_t kMostHeaders = 200;

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

/// One request under way. Its handle and headers are used again by later ones.
struct Transfer {
  HttpTransfers::Id id = 0;
  Easy easy{::curl_easy_init()};
  List headers;
  HttpRequest request;
  HttpAnswer answer;
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> said{};
};

std::size_t receive(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.too_large = transfer.answer.body.size() + size > kLargestAnswer;
  if (transfer.too_large) return 0;
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t receive_header(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  if (transfer.answer.headers.size() >= kMostHeaders) return 0;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  auto value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  transfer.answer.headers.emplace_back(std::move(name), value);
  return size;
}

void add_header(List& list, const std::string& line) {
  auto* const longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

bool is_loopback(std::string_view endpoint) {
  return endpoint.starts_with("http://127.") || endpoint.starts_with("http://[::1]") ||
         endpoint.starts_with("http://localhost");
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct HttpTransfers::State {
  State(Platform used_platform, const Clock& used_clock)
      : platform(std::move(used_platform)),
        clock(used_clock),
        timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    signing = fmt::format("aws:amz:{}:lambda", platform.region);
  }
  ~State() { drop_all(); }

  void drop_all() {
    for (const auto& [id, transfer] : busy) {
      ::curl_multi_remove_handle(multi.get(), transfer->easy.get());
    }
    busy.clear();
  }

  void prepare(Transfer& transfer, Duration limit) const {
    auto* const easy = transfer.easy.get();
    const auto& request = transfer.request;
    ::curl_easy_reset(easy);
    ::curl_easy_setopt(easy, CURLOPT_URL, (platform.endpoint + request.path).c_str());
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (is_loopback(platform.endpoint)) ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &receive_header);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.said.data());
    ::curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    const auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<long>(limit_ms, 1)));
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
      ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
      add_header(transfer.headers, "Content-Type: application/json");
      // Without it a large body would wait for a 100 that many a server never sends.
      add_header(transfer.headers, "Expect:");
    }
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    for (const auto& line : request.headers) add_header(transfer.headers, line);
    if (platform.keys) {
      ::curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, signing.c_str());
      ::curl_easy_setopt(easy, CURLOPT_USERNAME, platform.keys->access_key_id.c_str());
      ::curl_easy_setopt(easy, CURLOPT_PASSWORD, platform.keys->secret_access_key.c_str());
      if (!platform.keys->session_token.empty()) {
        add_header(transfer.headers, "X-Amz-Security-Token: " + platform.keys->session_token);
      }
    }
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  }

  /// Lets every transfer do what it can without waiting, and collects those that are done.
  void step(std::vector<Done>& done) {
    int running = 0;
    ::curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const auto* const message = ::curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      done.push_back({transfer->id, finish(*transfer, message->data.result)});
    }
  }

  HttpAnswer finish(Transfer& transfer, CURLcode result) {
    auto& answer = transfer.answer;
    answer.answered = clock.now();
    if (result == CURLE_OK) {
      ::curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    } else {
      answer.timed_out = result == CURLE_OPERATION_TIMEDOUT;
      answer.failure = {
          fmt::format("{} {}{}", transfer.request.method, platform.endpoint, transfer.request.path),
          transfer.too_large         ? "it sent an answer of more than 16 MiB"
          : transfer.said[0] != '\0' ? transfer.said.data()
                                     : ::curl_easy_strerror(result),
          "does a function platform listen there?"};
    }
    ::curl_multi_remove_handle(multi.get(), transfer.easy.get());
    auto finished = std::move(transfer.answer);
    const auto place = busy.find(transfer.id);
    idle.push_back(std::move(place->second));
    busy.erase(place);
    return finished;
  }

  void set_timer(TimePoint until) const {
    const auto since = std::max(until.time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    const itimerspec at{{}, {seconds.count(), (since - seconds).count()}};
    ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &at, nullptr);
  }

  Platform platform;
  const Clock& clock;
  UniqueFd timer;  ///< libcurl waits in whole milliseconds, and an arrival may be due between them
  std::string signing;
  Multi multi{::curl_multi_init()};
  std::map<Id, std::unique_ptr<Transfer>> busy;
  std::vector<std::unique_ptr<Transfer>> idle;
};

HttpTransfers::HttpTransfers(Platform platform, const Clock& clock) {
  static const CURLcode kInitialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  state_ = std::make_unique<State>(std::move(platform), clock);
  if (kInitialised != CURLE_OK || !state_->multi) {
    throw Error("start libcurl", "it could not be initialised");
  }
  if (!state_->timer) throw system_error("make a timer", errno);
  // Connections are to be kept, however many requests are under way.
  constexpr long kConnections = 4096;
  ::curl_multi_setopt(state_->multi.get(), CURLMOPT_MAXCONNECTS, kConnections);
}

HttpTransfers::~HttpTransfers() = default;

void HttpTransfers::begin(Id id, HttpRequest request, Duration limit) {
  auto& idle = state_->idle;
  auto transfer = idle.empty() ? std::make_unique<Transfer>() : std::move(idle.back());
  if (!idle.empty()) idle.pop_back();
  if (!transfer->easy) throw Error("start libcurl", "it could not be initialised");
  transfer->id = id;
  transfer->headers.reset();
  transfer->request = std::move(request);
  transfer->answer = {};
  transfer->too_large = false;
  transfer->said[0] = '\0';
  state_->prepare(*transfer, limit);
  transfer->answer.sent = state_->clock.now();
  ::curl_multi_add_handle(state_->multi.get(), transfer->easy.get());
  state_->busy.emplace(id, std::move(transfer));
  // On its way now, not at the next wait().
  int running = 0;
  ::curl_multi_perform(state_->multi.get(), &running);
}

std::vector<HttpTransfers::Done> HttpTransfers::wait(TimePoint until) {
  std::vector<Done> done;
  state_->step(done);
  state_->set_timer(until);
  while (done.empty() && state_->clock.now() < until) {
    constexpr int kLongestMs = 1000;
    curl_waitfd timer{state_->timer.get(), CURL_WAIT_POLLIN, 0};
    ::curl_multi_poll(state_->multi.get(), &timer, 1, kLongestMs, nullptr);
    state_->step(done);
  }
  return done;
}

std::size_t HttpTransfers::under_way() const { return state_->busy.size(); }

void HttpTransfers::abandon(Id id) {
  const auto place = state_->busy.find(id);
  if (place == state_->busy.end()) return;
  ::curl_multi_remove_handle(state_->multi.get(), place->second->easy.get());
  state_->busy.erase(place);
}

void HttpTransfers::abandon_all() { state_->drop_all(); }

}  // namespace strata::drivers::faas
