#include "drivers/faas/emulator/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/faas/emulator/function_error.h"

namespace strata::drivers::faas::emulator {
namespace {

/// While something is under way, and while nothing is.
constexpr Duration kBusyTick = std::chrono::milliseconds(5);
constexpr Duration kQuietTick = std::chrono::milliseconds(100);
/// How long an invocation waits for a sandbox that has just answered to ask for more, before
/// another one is started.
constexpr Duration kPatience = std::chrono::milliseconds(5);
/// Reading what a sandbox uses takes a while: not after each of a thousand invocations a second.
constexpr Duration kMemoryInterval = std::chrono::seconds(1);
/// Between attempts to start a sandbox that nobody waits for.
constexpr Duration kRetryPause = std::chrono::seconds(1);

constexpr auto kUnhandled = "Unhandled";
constexpr auto kReservedLimit = "ReservedFunctionConcurrentInvocationLimitExceeded";
constexpr auto kAccountLimit = "ConcurrentInvocationLimitExceeded";

enum class State : std::uint8_t {
  kStarting,      ///< its driver is at work
  kInitializing,  ///< its runtime has not asked for anything yet
  kIdle,
  kBusy,
  kAnswered,  ///< it has answered and not yet asked for more
  kEnding
};

InvocationResult failure(std::string payload) {
  InvocationResult result;
  result.payload = std::move(payload);
  result.function_error = kUnhandled;
  return result;
}

InvocationResult unavailable(std::string why) {
  InvocationResult result;
  result.kind = InvocationResult::Kind::kUnavailable;
  result.payload = std::move(why);
  return result;
}

}  // namespace

struct Platform::FunctionState {
  std::string name;
  std::uint32_t in_flight = 0;
  std::optional<std::uint32_t> reserved;
  std::deque<InvocationPtr> waiting;  ///< at a limit
  FunctionMetrics metrics;
};

/// The sandboxes of one version.
struct Platform::Pool {
  std::shared_ptr<const FunctionVersion> function;
  FunctionState* state = nullptr;
  std::vector<Sandbox*> idle;         ///< the one that became idle last is at the back
  std::deque<InvocationPtr> pending;  ///< admitted, without a sandbox yet
  std::uint32_t starting = 0;
  std::uint32_t answered = 0;
  std::uint32_t alive = 0;
  std::uint32_t provisioned = 0;  ///< how many to keep
  TimePoint retry_at;             ///< no sandbox for stock is started before
  bool retired = false;
};

struct Platform::Sandbox {
  SandboxId id = 0;
  Pool* pool = nullptr;
  std::shared_ptr<SandboxHandle> handle;
  State state = State::kStarting;
  bool is_provisioned = false;
  bool is_first = true;  ///< it has not taken an invocation yet
  bool killed = false;
  TimePoint since;     ///< when this state began
  TimePoint deadline;  ///< when this state's time is up
  std::optional<Duration> init;
  NextDone next;  ///< of an idle one
  InvocationPtr invocation;
  Duration duration{};
  std::optional<InvocationResult> held;  ///< an answer that waits for the end of the log
  bool failed = false;                   ///< the invocation in hand has
  LogTail tail;
  std::optional<std::uint64_t> peak_memory;
  TimePoint memory_at;
};

/// What is to be called once the lock is given back.
class Platform::Actions {
 public:
  Actions() = default;
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  void answer(InvocationDone done, InvocationResult result) {
    answers_.emplace_back(std::move(done), std::move(result));
  }
  void dispatch(NextDone next, std::shared_ptr<const Invocation> invocation) {
    dispatches_.emplace_back(std::move(next), std::move(invocation));
  }
  void carry_out() {
    for (auto& [next, invocation] : dispatches_) next(std::move(invocation));
    for (auto& [done, result] : answers_) done(std::move(result));
  }

 private:
  std::vector<std::pair<InvocationDone, InvocationResult>> answers_;
  std::vector<std::pair<NextDone, std::shared_ptr<const Invocation>>> dispatches_;
};

Platform::Platform(const PlatformOptions& options, SandboxStarter& starter, FunctionLog& log,
                   Clock& clock)
    : options_(options), starter_(starter), log_(log), clock_(clock) {}

Platform::~Platform() = default;

// ---- small things

Platform::FunctionState& Platform::state_of(const std::string& name) {
  auto& state = functions_[name];
  if (!state) {
    state = std::make_unique<FunctionState>();
    state->name = name;
  }
  return *state;
}

Platform::Pool& Platform::pool_of(const std::shared_ptr<const FunctionVersion>& function) {
  auto& pool = pools_[function.get()];
  if (!pool) {
    pool = std::make_unique<Pool>();
    pool->function = function;
    pool->state = &state_of(function->name);
  }
  return *pool;
}

Platform::Sandbox* Platform::find(SandboxId id) {
  const auto found = sandboxes_.find(id);
  return found == sandboxes_.end() ? nullptr : found->second.get();
}

bool Platform::has_room(const FunctionState& function) const {
  if (function.reserved) return function.in_flight < *function.reserved;
  const auto limit = options_.concurrency - std::min(reserved_, options_.concurrency);
  return unreserved_in_flight_ < limit;
}

void Platform::release(FunctionState& function) {
  --function.in_flight;
  if (!function.reserved) --unreserved_in_flight_;
}

void Platform::leave_idle(Sandbox& sandbox) {
  auto& idle = sandbox.pool->idle;
  idle.erase(std::find(idle.begin(), idle.end(), &sandbox));
}

void Platform::remove_if_done(Pool& pool) {
  if (pool.alive == 0 && pool.pending.empty() && pool.retired) pools_.erase(pool.function.get());
}

void Platform::throttle(const InvocationPtr& invocation, FunctionState& function,
                        Actions& actions) {
  ++function.metrics.throttles;
  InvocationResult result;
  result.kind = InvocationResult::Kind::kThrottled;
  result.reason = function.reserved ? kReservedLimit : kAccountLimit;
  actions.answer(std::move(invocation->done), std::move(result));
}

// ---- invocations come

void Platform::invoke(InvocationRequest request, InvocationDone done) {
  auto invocation = std::make_shared<Invocation>();
  invocation->request = std::move(request);
  invocation->done = std::move(done);
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.now();
    invocation->accepted = now;
    auto& function = state_of(invocation->request.function->name);
    if (draining_) {
      actions.answer(std::move(invocation->done), unavailable("The emulator is shutting down."));
    } else if (has_room(function)) {
      admit(std::move(invocation), now, actions);
    } else if (options_.queue_limit > Duration::zero() && function.reserved != 0U) {
      invocation->give_up = now + options_.queue_limit;
      function.waiting.push_back(std::move(invocation));
      ++waiting_;
    } else {
      throttle(invocation, function, actions);
    }
  }
  actions.carry_out();
}

void Platform::admit(InvocationPtr invocation, TimePoint now, Actions& actions) {
  auto& pool = pool_of(invocation->request.function);
  ++pool.state->in_flight;
  if (!pool.state->reserved) ++unreserved_in_flight_;
  if (!pool.idle.empty()) {
    auto& sandbox = *pool.idle.back();
    pool.idle.pop_back();
    assign(sandbox, std::move(invocation), now, actions);
    return;
  }
  pool.pending.push_back(std::move(invocation));
  if (pool.starting + pool.answered >= pool.pending.size()) return;
  if (sandboxes_.size() >= options_.concurrency) evict_oldest_idle(now, actions);
  start_sandbox(pool, now, false);
}

void Platform::admit_waiting(TimePoint now, Actions& actions) {
  if (waiting_ == 0) return;
  for (auto& [name, function] : functions_) {
    while (!function->waiting.empty() && has_room(*function)) {
      auto invocation = std::move(function->waiting.front());
      function->waiting.pop_front();
      --waiting_;
      admit(std::move(invocation), now, actions);
    }
  }
}

void Platform::start_sandbox(Pool& pool, TimePoint now, bool is_provisioned) {
  auto sandbox = std::make_unique<Sandbox>();
  sandbox->id = ++last_id_;
  sandbox->pool = &pool;
  sandbox->since = now;
  sandbox->deadline = TimePoint::max();  // its driver has a deadline of its own
  sandbox->is_provisioned = is_provisioned;
  ++pool.starting;
  ++pool.alive;
  ++started_;
  auto& placed = *(sandboxes_[sandbox->id] = std::move(sandbox));
  placed.handle = starter_.start(placed.id, pool.function, is_provisioned);
}

/// As many as invocations wait for, and as are to be kept.
void Platform::start_sandboxes(Pool& pool, TimePoint now) {
  while (pool.starting < pool.pending.size()) start_sandbox(pool, now, false);
  if (pool.retired || draining_ || now < pool.retry_at) return;
  while (pool.alive < pool.provisioned && sandboxes_.size() < options_.concurrency) {
    start_sandbox(pool, now, true);
  }
}

void Platform::evict_oldest_idle(TimePoint now, Actions& actions) {
  Sandbox* oldest = nullptr;
  for (auto& [key, pool] : pools_) {
    if (pool->idle.empty() || pool->alive <= pool->provisioned) continue;
    auto* const candidate = pool->idle.front();
    if (oldest == nullptr || candidate->since < oldest->since) oldest = candidate;
  }
  if (oldest != nullptr) end(*oldest, Urgency::kOrderly, now, actions);
}

// ---- a sandbox works

void Platform::assign(Sandbox& sandbox, InvocationPtr invocation, TimePoint now, Actions& actions) {
  const auto& function = *sandbox.pool->function;
  sandbox.state = State::kBusy;
  sandbox.since = now;
  sandbox.deadline = now + function.timeout();
  sandbox.failed = false;
  invocation->started = now;
  invocation->deadline = sandbox.deadline;
  if (sandbox.is_first && !sandbox.is_provisioned) invocation->init = sandbox.init;
  sandbox.is_first = false;
  sandbox.invocation = std::move(invocation);
  sandbox.tail.clear();
  const auto& request = sandbox.invocation->request;
  if (log_.is_kept() || request.wants_log) {
    const auto line = start_line(request.request_id, function.version);
    log_.append(line);
    sandbox.tail.append(line);
  }
  actions.dispatch(std::exchange(sandbox.next, nullptr), sandbox.invocation);
}

void Platform::become_idle(Sandbox& sandbox, NextDone done, TimePoint now, Actions& actions) {
  auto& pool = *sandbox.pool;
  sandbox.next = std::move(done);
  if (!pool.pending.empty()) {
    auto invocation = std::move(pool.pending.front());
    pool.pending.pop_front();
    assign(sandbox, std::move(invocation), now, actions);
    return;
  }
  sandbox.state = State::kIdle;
  sandbox.since = now;
  sandbox.deadline = now + options_.idle_limit;
  pool.idle.push_back(&sandbox);
  if (pool.retired || draining_) end(sandbox, Urgency::kOrderly, now, actions);
}

Platform::Reception Platform::next(SandboxId id, NextDone done) {
  std::optional<std::uint64_t> memory;
  TimePoint memory_at;
  {
    // Read without the lock, since it takes a while.
    std::unique_lock lock(mutex_);
    auto* const sandbox = find(id);
    const auto now = clock_.now();
    if (sandbox != nullptr && sandbox->state == State::kAnswered &&
        (!sandbox->peak_memory || now - sandbox->memory_at >= kMemoryInterval)) {
      const auto handle = sandbox->handle;
      lock.unlock();
      memory = handle->peak_memory_bytes();
      memory_at = now;
    }
  }
  Actions actions;
  auto reception = Reception::kAccepted;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.now();
    auto* const sandbox = find(id);
    if (sandbox == nullptr || sandbox->state == State::kEnding) {
      actions.dispatch(std::move(done), nullptr);
    } else if (sandbox->state == State::kInitializing) {
      sandbox->init = now - sandbox->since;
      --sandbox->pool->starting;
      become_idle(*sandbox, std::move(done), now, actions);
    } else if (sandbox->state == State::kAnswered) {
      if (memory) {
        sandbox->peak_memory = std::max(sandbox->peak_memory.value_or(0), *memory);
        sandbox->memory_at = memory_at;
      }
      sandbox->duration = now - sandbox->invocation->started;
      finish(*sandbox, sandbox->failed ? "error" : "", now, actions);
      --sandbox->pool->answered;
      become_idle(*sandbox, std::move(done), now, actions);
    } else {
      reception = Reception::kWrongState;
    }
  }
  actions.carry_out();
  return reception;
}

Platform::Reception Platform::respond(SandboxId id, std::string_view request_id,
                                      std::string payload, std::string content_type) {
  InvocationResult result;
  if (payload.size() > kMostResponse) {
    result = failure(response_too_large_error());
  } else {
    result.payload = std::move(payload);
    result.content_type = std::move(content_type);
  }
  const bool too_large = !result.function_error.empty();
  const auto reception = complete(id, request_id, std::move(result));
  return reception == Reception::kAccepted && too_large ? Reception::kTooLarge : reception;
}

Platform::Reception Platform::fail(SandboxId id, std::string_view request_id, std::string payload) {
  return complete(id, request_id, failure(std::move(payload)));
}

Platform::Reception Platform::complete(SandboxId id, std::string_view request_id,
                                       InvocationResult result) {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.now();
    auto* const sandbox = find(id);
    if (sandbox == nullptr || sandbox->state != State::kBusy) return Reception::kWrongState;
    if (sandbox->invocation->request.request_id != request_id) return Reception::kWrongRequest;
    sandbox->state = State::kAnswered;
    ++sandbox->pool->answered;
    answer(*sandbox, std::move(result), actions);
    admit_waiting(now, actions);
  }
  actions.carry_out();
  return Reception::kAccepted;
}

/// The caller's answer: at once, or with the end of the log if it wants that.
void Platform::answer(Sandbox& sandbox, InvocationResult result, Actions& actions) {
  sandbox.failed = !result.function_error.empty();
  result.function = sandbox.pool->function;
  release(*sandbox.pool->state);
  if (sandbox.invocation->request.wants_log) {
    sandbox.held = std::move(result);
  } else {
    actions.answer(std::move(sandbox.invocation->done), std::move(result));
  }
}

/// Its sandbox is done with an invocation that has been answered.
void Platform::finish(Sandbox& sandbox, const char* status, TimePoint /*now*/, Actions& actions) {
  const auto& function = *sandbox.pool->function;
  const auto invocation = std::exchange(sandbox.invocation, nullptr);
  Report report;
  report.version = function.version;
  report.duration = sandbox.duration;
  report.init = invocation->init;
  report.memory_mb = function.memory_mb;
  report.peak_memory_bytes = sandbox.peak_memory;
  report.status = status;
  sandbox.pool->state->metrics.add(report, sandbox.failed);
  if (log_.is_kept() || sandbox.held) {
    report.request_id = invocation->request.request_id;
    const auto lines = report_lines(report);
    log_.append(lines);
    sandbox.tail.append(lines);
  }
  if (sandbox.held) {
    sandbox.held->log = sandbox.tail.text();
    actions.answer(std::move(invocation->done), std::move(*sandbox.held));
    sandbox.held.reset();
  }
}

void Platform::fail_pending(Pool& pool, InvocationResult result, Actions& actions) {
  if (pool.pending.empty()) return;
  const auto invocation = std::move(pool.pending.front());
  pool.pending.pop_front();
  auto& function = *pool.state;
  ++function.metrics.invocations;
  ++function.metrics.errors;
  release(function);
  result.function = pool.function;
  actions.answer(std::move(invocation->done), std::move(result));
}

// ---- a sandbox ends

/// Asks for it. What it works on has to be answered by then.
void Platform::end(Sandbox& sandbox, Urgency urgency, TimePoint now, Actions& actions) {
  auto& pool = *sandbox.pool;
  if (sandbox.state == State::kIdle) leave_idle(sandbox);
  if (sandbox.state == State::kAnswered) --pool.answered;
  if (sandbox.state == State::kStarting || sandbox.state == State::kInitializing) --pool.starting;
  if (sandbox.next) actions.dispatch(std::exchange(sandbox.next, nullptr), nullptr);
  sandbox.state = State::kEnding;
  sandbox.killed = urgency == Urgency::kNow;
  sandbox.since = now;
  sandbox.deadline = now + options_.stop_grace;
  sandbox.handle->end(urgency);
}

Platform::Reception Platform::fail_init(SandboxId id, std::string payload) {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    auto* const sandbox = find(id);
    if (sandbox == nullptr || sandbox->state != State::kInitializing) return Reception::kWrongState;
    const auto now = clock_.now();
    ++failed_starts_;
    sandbox->pool->retry_at = now + kRetryPause;
    fail_pending(*sandbox->pool, failure(std::move(payload)), actions);
    end(*sandbox, Urgency::kOrderly, now, actions);
    admit_waiting(now, actions);
  }
  actions.carry_out();
  return Reception::kAccepted;
}

void Platform::sandbox_launched(SandboxId id) {
  const std::scoped_lock lock(mutex_);
  auto* const sandbox = find(id);
  if (sandbox == nullptr || sandbox->state != State::kStarting) return;
  sandbox->state = State::kInitializing;
  sandbox->since = clock_.now();
  sandbox->deadline = sandbox->since + options_.init_limit;
}

void Platform::sandbox_printed(SandboxId id, std::string_view piece) {
  log_.append(piece);
  const std::scoped_lock lock(mutex_);
  if (auto* const sandbox = find(id)) sandbox->tail.append(piece);
}

void Platform::sandbox_ended(SandboxId id, const SandboxEnd& ended) {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = sandboxes_.find(id);
    if (found == sandboxes_.end()) return;
    const auto sandbox = std::move(found->second);
    sandboxes_.erase(found);
    auto& pool = *sandbox->pool;
    const auto now = clock_.now();
    if (sandbox->next) actions.dispatch(std::exchange(sandbox->next, nullptr), nullptr);
    --pool.alive;
    const auto request_id = sandbox->invocation     ? sandbox->invocation->request.request_id
                            : !pool.pending.empty() ? pool.pending.front()->request.request_id
                                                    : std::string();
    InvocationResult result;
    switch (ended.kind) {
      case SandboxEnd::Kind::kNotStarted:
        result = unavailable(ended.text);
        break;
      case SandboxEnd::Kind::kNoEntrypoint:
        result = failure(function_error("Runtime.InvalidEntrypoint", request_id, ended.text));
        break;
      case SandboxEnd::Kind::kExited:
        result = failure(function_error("Runtime.ExitError", request_id, ended.text));
        break;
    }
    switch (sandbox->state) {
      case State::kStarting:
      case State::kInitializing:
        --pool.starting;
        ++failed_starts_;
        pool.retry_at = now + kRetryPause;
        fail_pending(pool, std::move(result), actions);
        break;
      case State::kIdle:
        pool.idle.erase(std::find(pool.idle.begin(), pool.idle.end(), sandbox.get()));
        break;
      case State::kBusy:
        sandbox->duration = now - sandbox->invocation->started;
        answer(*sandbox, std::move(result), actions);
        finish(*sandbox, "error", now, actions);
        break;
      case State::kAnswered:
        --pool.answered;
        sandbox->duration = now - sandbox->invocation->started;
        finish(*sandbox, "error", now, actions);
        break;
      case State::kEnding:
        break;
    }
    start_sandboxes(pool, now);
    remove_if_done(pool);
    admit_waiting(now, actions);
  }
  actions.carry_out();
}

// ---- time passes

Duration Platform::tick() {
  Actions actions;
  bool busy = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.now();
    for (auto& [id, one] : sandboxes_) {
      auto& sandbox = *one;
      auto& pool = *sandbox.pool;
      if (sandbox.state != State::kIdle) busy = true;
      if (sandbox.deadline > now) continue;
      switch (sandbox.state) {
        case State::kStarting:
          break;
        case State::kInitializing: {
          const auto request =
              pool.pending.empty() ? std::string() : pool.pending.front()->request.request_id;
          ++failed_starts_;
          pool.retry_at = now + kRetryPause;
          fail_pending(pool, failure(timeout_error(request, options_.init_limit)), actions);
          end(sandbox, Urgency::kNow, now, actions);
          break;
        }
        case State::kIdle:
          if (pool.alive > pool.provisioned) end(sandbox, Urgency::kOrderly, now, actions);
          break;
        case State::kBusy: {
          const auto& request = sandbox.invocation->request;
          sandbox.duration = pool.function->timeout();
          answer(sandbox, failure(timeout_error(request.request_id, pool.function->timeout())),
                 actions);
          finish(sandbox, "timeout", now, actions);
          end(sandbox, Urgency::kNow, now, actions);
          break;
        }
        case State::kAnswered:
          sandbox.duration = pool.function->timeout();
          finish(sandbox, "timeout", now, actions);
          end(sandbox, Urgency::kNow, now, actions);
          break;
        case State::kEnding:
          if (!sandbox.killed) sandbox.handle->end(Urgency::kNow);
          sandbox.killed = true;
          break;
      }
    }
    for (auto& [key, pool] : pools_) {
      if (!pool->pending.empty()) {
        busy = true;
        if (pool->pending.front()->accepted + kPatience <= now) start_sandboxes(*pool, now);
      } else if (pool->alive < pool->provisioned) {
        start_sandboxes(*pool, now);
      }
    }
    if (waiting_ > 0) {
      busy = true;
      for (auto& [name, function] : functions_) {
        auto& waiting = function->waiting;
        while (!waiting.empty() && waiting.front()->give_up <= now) {
          throttle(waiting.front(), *function, actions);
          waiting.pop_front();
          --waiting_;
        }
      }
      admit_waiting(now, actions);
    }
  }
  actions.carry_out();
  log_.flush();
  return busy ? kBusyTick : kQuietTick;
}

// ---- control

void Platform::retire(const std::shared_ptr<const FunctionVersion>& function) {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = pools_.find(function.get());
    if (found == pools_.end()) return;
    auto& pool = *found->second;
    pool.retired = true;
    pool.provisioned = 0;
    while (!pool.idle.empty()) end(*pool.idle.back(), Urgency::kOrderly, clock_.now(), actions);
    remove_if_done(pool);
  }
  actions.carry_out();
}

void Platform::set_reserved(const std::string& name, std::optional<std::uint32_t> limit) {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    auto& function = state_of(name);
    reserved_ = reserved_ - function.reserved.value_or(0) + limit.value_or(0);
    if (!function.reserved) unreserved_in_flight_ -= function.in_flight;
    function.reserved = limit;
    if (!function.reserved) unreserved_in_flight_ += function.in_flight;
    admit_waiting(clock_.now(), actions);
  }
  actions.carry_out();
}

void Platform::set_provisioned(const std::shared_ptr<const FunctionVersion>& function,
                               std::uint32_t sandboxes) {
  const std::scoped_lock lock(mutex_);
  if (sandboxes == 0 && !pools_.contains(function.get())) return;
  auto& pool = pool_of(function);
  pool.provisioned = sandboxes;
  start_sandboxes(pool, clock_.now());
}

std::uint32_t Platform::ready_sandboxes(const FunctionVersion& function) const {
  const std::scoped_lock lock(mutex_);
  const auto found = pools_.find(&function);
  if (found == pools_.end()) return 0;
  const auto& pool = *found->second;
  std::uint32_t ready = 0;
  for (const auto& [id, sandbox] : sandboxes_) {
    const auto state = sandbox->state;
    if (sandbox->pool == &pool &&
        (state == State::kIdle || state == State::kBusy || state == State::kAnswered)) {
      ++ready;
    }
  }
  return ready;
}

std::uint32_t Platform::reserved_in_total() const {
  const std::scoped_lock lock(mutex_);
  return reserved_;
}

void Platform::drain() {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
    const auto now = clock_.now();
    for (auto& [name, function] : functions_) {
      for (auto& invocation : function->waiting) {
        actions.answer(std::move(invocation->done), unavailable("The emulator is shutting down."));
      }
      function->waiting.clear();
    }
    waiting_ = 0;
    for (auto& [key, pool] : pools_) {
      pool->provisioned = 0;
      while (!pool->idle.empty()) end(*pool->idle.back(), Urgency::kOrderly, now, actions);
    }
    for (auto& [id, sandbox] : sandboxes_) {
      const bool is_wanted = !sandbox->pool->pending.empty();
      const bool begins =
          sandbox->state == State::kStarting || sandbox->state == State::kInitializing;
      if (begins && !is_wanted) end(*sandbox, Urgency::kNow, now, actions);
    }
  }
  actions.carry_out();
}

void Platform::kill_all() {
  Actions actions;
  {
    const std::scoped_lock lock(mutex_);
    draining_ = true;
    const auto now = clock_.now();
    for (auto& [key, pool] : pools_) {
      while (!pool->pending.empty()) {
        fail_pending(*pool, unavailable("The emulator is shutting down."), actions);
      }
    }
    for (auto& [id, one] : sandboxes_) {
      auto& sandbox = *one;
      if (sandbox.state == State::kBusy) {
        answer(sandbox, unavailable("The emulator is shutting down."), actions);
        sandbox.duration = now - sandbox.invocation->started;
        finish(sandbox, "error", now, actions);
      } else if (sandbox.state == State::kAnswered) {
        sandbox.duration = now - sandbox.invocation->started;
        finish(sandbox, "", now, actions);
      }
      if (sandbox.state != State::kEnding || !sandbox.killed) {
        end(sandbox, Urgency::kNow, now, actions);
      }
    }
  }
  actions.carry_out();
}

PlatformGauges Platform::gauges() const {
  const std::scoped_lock lock(mutex_);
  PlatformGauges gauges;
  gauges.sandboxes = sandboxes_.size();
  for (const auto& [key, pool] : pools_) gauges.idle += pool->idle.size();
  for (const auto& [name, function] : functions_) gauges.in_flight += function->in_flight;
  gauges.limit = options_.concurrency;
  gauges.started = started_;
  gauges.failed_starts = failed_starts_;
  return gauges;
}

std::size_t Platform::sandboxes_of(std::string_view function) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(sandboxes_.begin(), sandboxes_.end(),
                    [&](const auto& one) { return one.second->pool->function->name == function; }));
}

std::map<std::string, FunctionMetrics> Platform::metrics() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, FunctionMetrics> metrics;
  for (const auto& [name, function] : functions_) metrics[name] = function->metrics;
  return metrics;
}

}  // namespace strata::drivers::faas::emulator
