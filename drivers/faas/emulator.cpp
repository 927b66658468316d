#include "drivers/faas/emulator.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "drivers/faas/emulator/code_store.h"
#include "drivers/faas/emulator/control_api.h"
#include "drivers/faas/emulator/driver_sandboxes.h"
#include "drivers/faas/emulator/event_queue.h"
#include "drivers/faas/emulator/function_log.h"
#include "drivers/faas/emulator/function_store.h"
#include "drivers/faas/emulator/http_server.h"
#include "drivers/faas/emulator/invoke_api.h"
#include "drivers/faas/emulator/platform.h"
#include "drivers/faas/emulator/runtime_api.h"
#include "drivers/faas/emulator/worker.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas {

using namespace emulator;

namespace {

constexpr Duration kStoppingTick = std::chrono::milliseconds(2);
/// For sandboxes to be gone that have been killed, and for responses to be taken.
constexpr Duration kLastWait = std::chrono::seconds(5);

bool is_loopback(const std::string& address) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return address.starts_with("127.");
}

const EmulatorOptions& checked(const EmulatorOptions& options) {
  const auto tried = fmt::format("listen on {}:{}", options.address, options.port);
  if (!is_loopback(options.address) && !options.credentials) {
    throw UsageError(tried, "others could reach it and invoke functions",
                     "require signed requests (--require-auth), or listen on 127.0.0.1");
  }
  if (options.credentials && (options.credentials->access_key_id.empty() ||
                              options.credentials->secret_access_key.empty())) {
    throw UsageError("require signed requests", "there is no key to check them with",
                     "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (options.concurrency == 0) {
    throw UsageError("start the emulator", "a limit of 0 sandboxes is none", "allow at least one");
  }
  return options;
}

/// The data directory, locked for as long as this lives.
UniqueFd lock_directory(const std::filesystem::path& directory) {
  const auto tried = fmt::format("use the data directory {}", directory.string());
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw UsageError(tried, error.message(), "name one that can be written to");
  UniqueFd lock(::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) throw system_error(tried, errno, "name one that can be written to");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw UsageError(tried, "another emulator uses it", "give this one a directory of its own");
  }
  return lock;
}

std::map<std::string, std::string> runtime_environment(const EmulatorOptions& options) {
  const auto keys = options.credentials.value_or(Credentials{"test", "test"});
  return {{"AWS_REGION", options.region},
          {"AWS_DEFAULT_REGION", options.region},
          {"AWS_ACCESS_KEY_ID", keys.access_key_id},
          {"AWS_SECRET_ACCESS_KEY", keys.secret_access_key}};
}

PlatformOptions platform_options(const EmulatorOptions& options) {
  return {options.concurrency, options.queue_limit, options.idle_limit, options.init_limit,
          options.stop_grace};
}

}  // namespace

class Emulator::Implementation {
 public:
  explicit Implementation(EmulatorOptions options)
      : options_(std::move(options)),
        lock_(lock_directory(checked(options_).data_directory)),
        log_(options_.log_file),
        functions_(options_.data_directory / "functions.sqlite"),
        code_(options_.data_directory / "code", options_.agent),
        http_(options_.event_loops),
        sandboxes_(
            {options_.make_driver, options_.start_limit, runtime_environment(options_)}, code_,
            [this](const std::string& host, SandboxId id) { return open_runtime(host, id); },
            monotonic_clock()),
        platform_(platform_options(options_), sandboxes_, log_, monotonic_clock()),
        events_(
            options_.data_directory / "events.sqlite", functions_,
            [this](InvocationRequest request, InvocationDone done) {
              platform_.invoke(std::move(request), std::move(done));
            },
            options_.event_retry_delay) {
    sandboxes_.report_to(platform_);
    sandboxes_.require_driver(Deadline::after(monotonic_clock(), options_.start_limit));
    control_ = std::make_unique<ControlApi>(
        ControlOptions{options_.region, options_.account, options_.concurrency,
                       [this](const std::string& digest) { sandboxes_.prepare(digest); }},
        functions_, code_, platform_);
    api_ = std::make_shared<InvokeApi>(
        InvokeApi::Parts{functions_, platform_, events_, *control_},
        [this](std::function<void()> task) { worker_.run(std::move(task)); }, options_.credentials,
        options_.region, options_.account);
    listener_ = http_.listen(options_.address, options_.port, true, api_);
    port_ = listener_->port();
  }

  ~Implementation() {
    events_.stop();
    platform_.kill_all();
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  void run() {
    events_.start();
    http_.every([this] { return tick(); });
    http_.run();
    events_.stop();
  }

  void stop() { stopping_ = true; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& address() const { return options_.address; }
  [[nodiscard]] std::size_t sandboxes_of(const std::string& function) const {
    return platform_.sandboxes_of(function);
  }

 private:
  /// Where a sandbox reaches us: at an address of this host; or at one that its network leads to
  /// this host's loopback, as a virtual machine's user-mode network does.
  RuntimeEndpoint open_runtime(const std::string& host, SandboxId id) {
    auto handler = std::make_shared<RuntimeApi>(platform_, id, monotonic_clock());
    std::shared_ptr<HttpServer::Listener> listener;
    try {
      listener = http_.listen(host, 0, false, handler);
    } catch (const Error&) {
      listener = http_.listen("127.0.0.1", 0, false, handler);
    }
    return {fmt::format("{}:{}", host, listener->port()), listener};
  }

  Duration tick() {
    const auto pause = platform_.tick();
    if (!stopping_) return pause;
    const auto now = monotonic_clock().now();
    if (!drained_) {
      drained_ = true;
      kill_at_ = now + options_.stop_grace;
      listener_.reset();
      events_.pause();
      platform_.drain();
    }
    if (now >= kill_at_) platform_.kill_all();
    const bool is_over = platform_.gauges().sandboxes == 0 && http_.busy_connections() == 0;
    if (is_over || now >= kill_at_ + kLastWait) http_.stop();
    return kStoppingTick;
  }

  const EmulatorOptions options_;
  UniqueFd lock_;
  FunctionLog log_;
  FunctionStore functions_;
  CodeStore code_;
  HttpServer http_;
  DriverSandboxes sandboxes_;
  Platform platform_;
  EventQueue events_;
  std::unique_ptr<ControlApi> control_;
  Worker worker_;
  std::shared_ptr<InvokeApi> api_;
  std::unique_ptr<HttpServer::Listener> listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  bool drained_ = false;
  TimePoint kill_at_;
};

Emulator::Emulator(EmulatorOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Emulator::~Emulator() = default;

void Emulator::run() { implementation_->run(); }
void Emulator::stop() { implementation_->stop(); }
std::uint16_t Emulator::port() const { return implementation_->port(); }
std::size_t Emulator::sandboxes_of(const std::string& function) const {
  return implementation_->sandboxes_of(function);
}
std::string Emulator::endpoint() const {
  const auto& address = implementation_->address();
  return address.find(':') != std::string::npos ? fmt::format("http://[{}]:{}", address, port())
                                                : fmt::format("http://{}:{}", address, port());
}

}  // namespace strata::drivers::faas
