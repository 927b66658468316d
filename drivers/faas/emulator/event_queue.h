#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "drivers/faas/emulator/function_store.h"
#include "drivers/faas/emulator/invocation.h"

namespace SQLite {
class Database;
}

namespace strata::drivers::faas::emulator {

/// An event invocation, as it waits for its function.
struct QueuedEvent {
  std::int64_t id = 0;
  std::string request_id;
  std::string function;
  std::string qualifier;
  std::string payload;
  std::string client_context;
  std::string trace_id;
  std::int64_t accepted_ms = 0;  ///< since 1970
  std::uint32_t attempts = 0;    ///< that the function has answered
  std::uint32_t deferrals = 0;   ///< times that it was throttled or could not be run
};

/// What becomes of an event after an attempt.
struct EventFate {
  enum class Kind : std::uint8_t { kDone, kRetry, kFailed };
  Kind kind = Kind::kDone;
  std::int64_t wait_ms = 0;  ///< before the next attempt
  std::string condition;     ///< "RetriesExhausted", "EventAgeExceeded"
};

/// AWS's rules: two retries of a function that failed, after one and two minutes (`retry_delay` and
/// twice that); one that is throttled or could not be run is tried again after 1 s, 2 s, … up to
/// 5 min, without that counting; and none of it beyond the event's maximum age.
EventFate fate_of(const QueuedEvent& event, const InvocationResult& result,
                  const EventInvokeConfig& config, Duration retry_delay, std::int64_t now_ms);

/// The queue of event invocations, in an SQLite file: what has been accepted is carried out at
/// least once, whatever happens to the emulator. Its file is touched by one thread alone, which
/// commits what came meanwhile in one transaction.
class EventQueue {
 public:
  using Invoke = std::function<void(InvocationRequest, InvocationDone)>;
  /// Called with an empty text once the event is on the disk, or with why it could not be kept.
  using Accepted = std::function<void(const std::string& failure)>;

  /// Opens the file, or makes it; `functions` outlives the queue. Throws Error.
  EventQueue(const std::filesystem::path& file, FunctionStore& functions, Invoke invoke,
             Duration retry_delay);
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  void start();
  /// No further event is carried out; those in hand are carried out again after the next start
  /// unless their end comes before stop() is called again or the queue destroyed.
  void pause();
  /// Ends the thread; what came before is committed. Idempotent.
  void stop();

  void add(QueuedEvent event, Accepted accepted);
  [[nodiscard]] std::uint64_t size() const;

 private:
  struct Attempt {
    QueuedEvent event;
    InvocationResult result;
  };
  using Due = std::pair<std::int64_t, std::int64_t>;  ///< when, and which

  void work();
  void commit(std::vector<std::pair<QueuedEvent, Accepted>> added, std::deque<Attempt>& ended);
  void settle(const Attempt& attempt);
  void dispatch(std::int64_t now_ms);
  std::optional<QueuedEvent> load(std::int64_t id);
  void remove(std::int64_t id);
  void send_record(const QueuedEvent& event, const std::string& destination,
                   const std::string& condition, const InvocationResult* result);
  [[nodiscard]] EventInvokeConfig config_of(const QueuedEvent& event) const;

  FunctionStore& functions_;
  const Invoke invoke_;
  const Duration retry_delay_;
  std::unique_ptr<SQLite::Database> database_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;  ///< of the thread
  std::vector<QueuedEvent> destined_;  ///< of the thread: records for functions

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<QueuedEvent, Accepted>> added_;
  std::deque<Attempt> ended_;
  std::uint64_t size_ = 0;
  std::uint32_t in_hand_ = 0;
  bool paused_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace strata::drivers::faas::emulator
