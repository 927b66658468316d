#include "bench/peer_run.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "results/vocabulary/cancellation.h"
#include "results/vocabulary/error.h"
#include "workloads/wire/peer_line.h"

namespace strata::bench {
namespace {

/// For a server to say that it listens: it does nothing else first.
constexpr auto kListenLimit = std::chrono::seconds(20);

/// The server at one end, run in a thread of its own since Instance::run() lasts as long as it
/// does. Ended by the destructor.
class Server {
 public:
  Server(drivers::Instance& instance, drivers::Job job, Deadline deadline)
      : deadline_(deadline.cancelled_by(cancellation_)),
        thread_(
            [this, &instance, job = std::move(job)]() mutable { run(instance, std::move(job)); }) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { end(); }

  /// The port it listens at. Throws Error if it ended, or said nothing in time.
  std::string await_port() {
    std::unique_lock lock(mutex_);
    const bool in_time = changed_.wait_for(lock, kListenLimit, [&] { return ended_ || port(); });
    if (!in_time) throw Error(kTried, "it did not say that it listens; it said: " + text_);
    if (!port()) throw_ended();
    return *port();
  }

  /// Throws Error if it has ended already, which it never does of itself.
  void require_alive() {
    const std::scoped_lock lock(mutex_);
    if (ended_) throw_ended();
  }

  void end() {
    cancellation_.request(Urgency::kOrderly);
    if (thread_.joinable()) thread_.join();
  }

 private:
  static constexpr auto kTried = "run the server at the other end";

  void run(drivers::Instance& instance, drivers::Job job) {
    job.on_output = [this](std::string_view piece) {
      const std::scoped_lock lock(mutex_);
      text_ += piece;
      changed_.notify_all();
    };
    try {
      instance.run(job, deadline_);
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      failure_ = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  /// What follows the last colon of its line; none as long as the line is not whole.
  [[nodiscard]] std::optional<std::string> port() const {
    const auto start = text_.find(wire::kPeerListens);
    const auto end = text_.find('\n', start == std::string::npos ? text_.size() : start);
    if (end == std::string::npos) return std::nullopt;
    const auto colon = text_.rfind(':', end);
    return text_.substr(colon + 1, end - colon - 1);
  }

  [[noreturn]] void throw_ended() const {
    if (failure_) std::rethrow_exception(failure_);
    throw Error(kTried, "it ended; it said: " + (text_.empty() ? "nothing" : text_));
  }

  Cancellation cancellation_;
  Deadline deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;  ///< all it printed
  bool ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

std::string joined(const std::string& host, const std::string& port) {
  return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

void require_path(const std::string& address, const char* tried) {
  if (!address.empty()) return;
  throw Error(
      tried, "the target gives its instances no network that leads there",
      "choose a target whose network does: network = \"bridge\" or \"host\" for a container");
}

}  // namespace

drivers::Outcome run_with_peer(const WorkloadDefinition& workload, const drivers::Job& job,
                               const PeerEnds& ends, Deadline deadline) {
  const bool egress = workload.inside == "client";
  const auto path = ends.target.network_path();
  require_path(egress ? path.host : path.instance,
               egress ? "reach a server at the host from inside the instance"
                      : "reach a server inside the instance from the host");
  drivers::Job serving;
  serving.argv = {
      job.argv.front(), "--serve",
      egress ? joined(path.host, "0") : fmt::format(":{}", drivers::NetworkPath::kPort)};
  serving.cpus = job.cpus;
  serving.time_limit = deadline.remaining();
  Server server(egress ? ends.host : ends.target, std::move(serving), deadline);
  const auto port = server.await_port();
  auto measured = job;
  measured.environment["STRATA_PEER"] =
      egress ? joined(path.host, port) : joined(path.instance, fmt::format("{}", path.port));
  auto outcome = (egress ? ends.target : ends.host).run(measured, deadline);
  server.require_alive();
  server.end();
  return outcome;
}

}  // namespace strata::bench
