#include "drivers/faas/emulator/event_queue.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>

#include "drivers/faas/emulator/api_error.h"
#include "drivers/faas/emulator/function_name.h"
#include "results/vocabulary/unique_fd.h"

namespace strata::drivers::faas::emulator {
namespace {

using Json = nlohmann::json;

constexpr int kBusyMilliseconds = 5000;
/// Events that may be with their functions at the same time.
constexpr std::uint32_t kMostInHand = 256;
constexpr std::uint32_t kRetries = 2;
constexpr std::uint32_t kMostAge = 6 * 3600;
constexpr std::int64_t kLongestPause = 300'000;
constexpr auto kAfterDiskError = std::chrono::seconds(1);

std::int64_t unix_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parsed_or_text(const std::string& text) {
  auto json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(text) : json;
}

void append_line(const std::string& path, const std::string& line) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw system_error(fmt::format("append an event's record to {}", path), errno);
  }
}

}  // namespace

EventFate fate_of(const QueuedEvent& event, const InvocationResult& result,
                  const EventInvokeConfig& config, Duration retry_delay, std::int64_t now_ms) {
  EventFate fate;
  const auto age_limit = std::int64_t{1000} * config.maximum_event_age_s.value_or(kMostAge);
  const auto end_of_life = event.accepted_ms + age_limit;
  if (result.kind == InvocationResult::Kind::kAnswered) {
    if (result.function_error.empty()) return fate;
    if (event.attempts > config.maximum_retry_attempts.value_or(kRetries)) {
      fate.kind = EventFate::Kind::kFailed;
      fate.condition = "RetriesExhausted";
      return fate;
    }
    fate.wait_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(retry_delay).count() * event.attempts;
  } else {
    const auto doublings = std::clamp<std::uint32_t>(event.deferrals, 1, 10) - 1;
    fate.wait_ms = std::min(std::int64_t{1000} << doublings, kLongestPause);
  }
  fate.kind = EventFate::Kind::kRetry;
  if (now_ms + fate.wait_ms > end_of_life) {
    fate.kind = EventFate::Kind::kFailed;
    fate.condition = "EventAgeExceeded";
  }
  return fate;
}

EventQueue::EventQueue(const std::filesystem::path& file, FunctionStore& functions, Invoke invoke,
                       Duration retry_delay) try
    : functions_(functions),
      invoke_(std::move(invoke)),
      retry_delay_(retry_delay),
      database_(std::make_unique<SQLite::Database>(
          file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMilliseconds)) {
  database_->exec("PRAGMA journal_mode=WAL");
  database_->exec("PRAGMA synchronous=FULL");
  database_->exec(
      "CREATE TABLE IF NOT EXISTS events(id INTEGER PRIMARY KEY, request_id TEXT NOT NULL, "
      "function TEXT NOT NULL, qualifier TEXT NOT NULL, payload BLOB NOT NULL, client_context TEXT "
      "NOT NULL, trace_id TEXT NOT NULL, accepted_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, "
      "deferrals INTEGER NOT NULL, due_ms INTEGER NOT NULL)");
  SQLite::Statement rows(*database_, "SELECT id, due_ms FROM events");
  while (rows.executeStep()) {
    due_.emplace(rows.getColumn(1).getInt64(), rows.getColumn(0).getInt64());
  }
  size_ = due_.size();
} catch (const SQLite::Exception& error) {
  throw Error(fmt::format("read the events in {}", file.string()), error.what(),
              "use another data directory");
}

EventQueue::~EventQueue() { stop(); }

void EventQueue::start() {
  thread_ = std::jthread([this] { work(); });
}

void EventQueue::pause() {
  const std::scoped_lock lock(mutex_);
  paused_ = true;
}

void EventQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void EventQueue::add(QueuedEvent event, Accepted accepted) {
  event.accepted_ms = unix_ms();
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      added_.emplace_back(std::move(event), std::move(accepted));
      changed_.notify_all();
      return;
    }
  }
  accepted("the emulator is shutting down");
}

std::uint64_t EventQueue::size() const {
  const std::scoped_lock lock(mutex_);
  return size_;
}

void EventQueue::work() {
  std::deque<Attempt> unsettled;  // whose end the disk did not take yet
  for (;;) {
    std::vector<std::pair<QueuedEvent, Accepted>> added;
    bool last = false;
    {
      std::unique_lock lock(mutex_);
      const auto something = [&] { return stopping_ || !added_.empty() || !ended_.empty(); };
      if (!unsettled.empty()) {
        changed_.wait_for(lock, kAfterDiskError, something);
      } else if (due_.empty() || paused_ || in_hand_ >= kMostInHand) {
        changed_.wait(lock, something);
      } else {
        const auto wait = std::max<std::int64_t>(due_.top().first - unix_ms(), 0);
        changed_.wait_for(lock, std::chrono::milliseconds(wait), something);
      }
      added.swap(added_);
      unsettled.insert(unsettled.end(), std::make_move_iterator(ended_.begin()),
                       std::make_move_iterator(ended_.end()));
      ended_.clear();
      last = stopping_;
    }
    if (!added.empty() || !unsettled.empty()) commit(std::move(added), unsettled);
    if (last) return;
    dispatch(unix_ms());
  }
}

void EventQueue::commit(std::vector<std::pair<QueuedEvent, Accepted>> added,
                        std::deque<Attempt>& ended) {
  std::string failure;
  const auto before = due_;
  try {
    SQLite::Transaction transaction(*database_);
    destined_.clear();
    for (const auto& attempt : ended) settle(attempt);
    for (auto& event : destined_) added.emplace_back(std::move(event), nullptr);
    SQLite::Statement insert(*database_,
                             "INSERT INTO events(request_id, function, qualifier, payload, "
                             "client_context, trace_id, accepted_ms, attempts, deferrals, due_ms) "
                             "VALUES(?, ?, ?, ?, ?, ?, ?, 0, 0, ?)");
    for (const auto& [event, accepted] : added) {
      insert.reset();
      insert.bind(1, event.request_id);
      insert.bind(2, event.function);
      insert.bind(3, event.qualifier);
      insert.bind(4, event.payload.data(), static_cast<int>(event.payload.size()));
      insert.bind(5, event.client_context);
      insert.bind(6, event.trace_id);
      insert.bind(7, event.accepted_ms);
      insert.bind(8, event.accepted_ms);
      insert.exec();
      due_.emplace(event.accepted_ms, database_->getLastInsertRowid());
    }
    SQLite::Statement count(*database_, "SELECT COUNT(*) FROM events");
    count.executeStep();
    const auto size = static_cast<std::uint64_t>(count.getColumn(0).getInt64());
    transaction.commit();
    const std::scoped_lock lock(mutex_);
    size_ = size;
    in_hand_ -= static_cast<std::uint32_t>(ended.size());
    ended.clear();
  } catch (const SQLite::Exception& error) {
    failure = error.what();
    due_ = before;
  }
  for (const auto& [event, accepted] : added) {
    if (accepted) accepted(failure);
  }
}

/// Inside a transaction: what an attempt's end means for the event.
void EventQueue::settle(const Attempt& attempt) {
  const auto& event = attempt.event;
  const auto config = config_of(event);
  const auto now = unix_ms();
  const auto fate = fate_of(event, attempt.result, config, retry_delay_, now);
  if (fate.kind == EventFate::Kind::kRetry) {
    SQLite::Statement update(
        *database_, "UPDATE events SET attempts = ?, deferrals = ?, due_ms = ? WHERE id = ?");
    update.bind(1, event.attempts);
    update.bind(2, event.deferrals);
    update.bind(3, now + fate.wait_ms);
    update.bind(4, event.id);
    update.exec();
    due_.emplace(now + fate.wait_ms, event.id);
    return;
  }
  const bool failed = fate.kind == EventFate::Kind::kFailed;
  send_record(event, failed ? config.on_failure : config.on_success,
              failed ? fate.condition : "Success", &attempt.result);
  remove(event.id);
}

void EventQueue::remove(std::int64_t id) {
  SQLite::Statement statement(*database_, "DELETE FROM events WHERE id = ?");
  statement.bind(1, id);
  statement.exec();
}

/// To a file, or to a function as a further event. A destination that can't be reached loses the
/// record, as on AWS, and not the queue.
void EventQueue::send_record(const QueuedEvent& event, const std::string& destination,
                             const std::string& condition, const InvocationResult* result) {
  if (destination.empty()) return;
  Json record{{"version", "1.0"},
              {"timestamp", timestamp_text()},
              {"requestContext",
               {{"requestId", event.request_id},
                {"functionArn", event.function},
                {"condition", condition},
                {"approximateInvokeCount", event.attempts}}},
              {"requestPayload", parsed_or_text(event.payload)}};
  if (result != nullptr && result->function) {
    record["requestContext"]["functionArn"] = result->function->qualified_arn();
    record["responseContext"] = {{"statusCode", 200},
                                 {"executedVersion", result->function->version}};
    if (!result->function_error.empty()) {
      record["responseContext"]["functionError"] = result->function_error;
    }
    record["responsePayload"] = parsed_or_text(result->payload);
  }
  constexpr std::string_view kFile = "file://";
  try {
    if (destination.starts_with(kFile)) {
      append_line(destination.substr(kFile.size()), dump(record) + "\n");
      return;
    }
    const auto name = parse_function_name(destination);
    QueuedEvent next;
    next.request_id = new_uuid();
    next.function = name.name;
    next.qualifier = name.qualifier;
    next.payload = dump(record);
    next.trace_id = event.trace_id;
    next.accepted_ms = unix_ms();
    destined_.push_back(std::move(next));
  } catch (const Error& error) {
    fmt::print(stderr, "strata faas: {}\n", error.what());
  }
}

EventInvokeConfig EventQueue::config_of(const QueuedEvent& event) const try {
  const auto function = functions_.get(event.function);
  const auto found =
      function.event_configs.find(event.qualifier.empty() ? kLatest : event.qualifier);
  return found == function.event_configs.end() ? EventInvokeConfig() : found->second;
} catch (const ApiError&) {
  return {};  // the function has been deleted
}

std::optional<QueuedEvent> EventQueue::load(std::int64_t id) {
  SQLite::Statement row(
      *database_,
      "SELECT request_id, function, qualifier, payload, client_context, trace_id, "
      "accepted_ms, attempts, deferrals FROM events WHERE id = ?");
  row.bind(1, id);
  if (!row.executeStep()) return std::nullopt;
  QueuedEvent event;
  event.id = id;
  event.request_id = row.getColumn(0).getString();
  event.function = row.getColumn(1).getString();
  event.qualifier = row.getColumn(2).getString();
  event.payload = row.getColumn(3).getString();
  event.client_context = row.getColumn(4).getString();
  event.trace_id = row.getColumn(5).getString();
  event.accepted_ms = row.getColumn(6).getInt64();
  event.attempts = row.getColumn(7).getUInt();
  event.deferrals = row.getColumn(8).getUInt();
  return event;
}

void EventQueue::dispatch(std::int64_t now_ms) {
  while (!due_.empty() && due_.top().first <= now_ms) {
    {
      const std::scoped_lock lock(mutex_);
      if (paused_ || stopping_ || in_hand_ >= kMostInHand) return;
      ++in_hand_;
    }
    const auto id = due_.top().second;
    due_.pop();
    std::optional<QueuedEvent> event;
    try {
      event = load(id);
    } catch (const SQLite::Exception&) {
      due_.emplace(now_ms + 1000, id);
    }
    if (!event) {
      const std::scoped_lock lock(mutex_);
      --in_hand_;
      continue;
    }
    auto finish = [this, event = *event](InvocationResult result) mutable {
      const bool answered = result.kind == InvocationResult::Kind::kAnswered;
      ++(answered ? event.attempts : event.deferrals);
      {
        const std::scoped_lock lock(mutex_);
        ended_.push_back({std::move(event), std::move(result)});
      }
      changed_.notify_all();
    };
    InvocationRequest request;
    try {
      auto resolved = functions_.resolve(event->function, event->qualifier);
      request.function = std::move(resolved.version);
      request.invoked_arn = std::move(resolved.invoked_arn);
    } catch (const ApiError&) {
      finish(InvocationResult{});  // deleted since: nobody is left whom it could matter to
      continue;
    }
    request.request_id = event->request_id;
    request.payload = std::move(event->payload);
    request.client_context = event->client_context;
    request.trace_id = event->trace_id;
    invoke_(std::move(request), finish);
  }
}

}  // namespace strata::drivers::faas::emulator
