#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "drivers/faas/emulator/function_log.h"
#include "drivers/faas/emulator/invocation.h"
#include "drivers/faas/emulator/metrics.h"
#include "drivers/faas/emulator/report.h"
#include "results/vocabulary/cancellation.h"
#include "results/vocabulary/clock.h"

namespace strata::drivers::faas::emulator {

using SandboxId = std::uint64_t;

/// One sandbox as the platform holds it.
class SandboxHandle {
 public:
  SandboxHandle() = default;
  SandboxHandle(const SandboxHandle&) = delete;
  SandboxHandle& operator=(const SandboxHandle&) = delete;
  virtual ~SandboxHandle() = default;

  /// Asks for its end and returns at once; Platform::sandbox_ended() follows. Thread-safe.
  virtual void end(Urgency urgency) = 0;
  /// The most memory that its processes have had, as far as that is known. Thread-safe.
  [[nodiscard]] virtual std::optional<std::uint64_t> peak_memory_bytes() = 0;
};

/// Starts sandboxes: by drivers, or in a test by nothing at all.
class SandboxStarter {
 public:
  SandboxStarter() = default;
  SandboxStarter(const SandboxStarter&) = delete;
  SandboxStarter& operator=(const SandboxStarter&) = delete;
  virtual ~SandboxStarter() = default;

  /// Returns at once, and calls the platform from another thread only: sandbox_launched() when the
  /// runtime is about to begin, and in any case sandbox_ended() at the end.
  virtual std::shared_ptr<SandboxHandle> start(SandboxId id,
                                               std::shared_ptr<const FunctionVersion> function,
                                               bool is_provisioned) = 0;
};

/// How a sandbox came to its end.
struct SandboxEnd {
  enum class Kind : std::uint8_t {
    kNotStarted,    ///< the driver could not start it, or its agent died: `text` says why
    kNoEntrypoint,  ///< the program named bootstrap could not be executed: `text` says why
    kExited         ///< the runtime ended, or was ended: `text` says how ("exit status 1")
  };
  Kind kind = Kind::kExited;
  std::string text;
};

struct PlatformOptions {
  std::uint32_t concurrency = 1000;  ///< of the account
  Duration queue_limit{};            ///< how long an invocation may wait at a limit
  Duration idle_limit = std::chrono::minutes(10);
  Duration init_limit = std::chrono::seconds(10);
  Duration stop_grace = std::chrono::seconds(2);
};

/// Decides which sandbox takes which invocation, and when sandboxes begin and end: one invocation
/// at a time in each, the one that became idle last first, another one when none is idle, up to the
/// limits. Knows neither HTTP nor drivers nor threads, and of time only what its clock says, so
/// that all of it can be tested exactly. Thread-safe; callbacks are called without any lock held,
/// in the thread of the call that brought them about.
class Platform {
 public:
  /// All of them outlive it.
  Platform(const PlatformOptions& options, SandboxStarter& starter, FunctionLog& log, Clock& clock);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// `done` is called once, now or later.
  void invoke(InvocationRequest request, InvocationDone done);

  // ---- what a sandbox's runtime says, through its Runtime API

  enum class Reception : std::uint8_t {
    kAccepted,
    kWrongRequest,  ///< not the invocation that it works on
    kWrongState,    ///< not now
    kTooLarge       ///< taken, and the invocation failed for it
  };
  /// An invocation, or null: the sandbox is to end.
  using NextDone = std::function<void(std::shared_ptr<const Invocation>)>;
  /// On kAccepted `done` is called once, now or later.
  Reception next(SandboxId id, NextDone done);
  Reception respond(SandboxId id, std::string_view request_id, std::string payload,
                    std::string content_type);
  Reception fail(SandboxId id, std::string_view request_id, std::string payload);
  Reception fail_init(SandboxId id, std::string payload);

  // ---- what whoever started a sandbox says

  void sandbox_launched(SandboxId id);
  void sandbox_printed(SandboxId id, std::string_view piece);
  void sandbox_ended(SandboxId id, const SandboxEnd& end);

  // ---- control

  /// No invocation will come for this version any more: its sandboxes end when they are idle.
  void retire(const std::shared_ptr<const FunctionVersion>& function);
  void set_reserved(const std::string& function, std::optional<std::uint32_t> limit);
  /// How many sandboxes of a version are kept warm.
  void set_provisioned(const std::shared_ptr<const FunctionVersion>& function,
                       std::uint32_t sandboxes);
  /// How many of them are ready; counts all that are.
  [[nodiscard]] std::uint32_t ready_sandboxes(const FunctionVersion& function) const;
  [[nodiscard]] std::uint32_t reserved_in_total() const;

  /// Does what is due: times that are up, sandboxes to end or to start. Returns how soon to call it
  /// again.
  Duration tick();
  /// From now on no invocation is taken, none waits at a limit, and sandboxes end as soon as they
  /// are idle. What has been admitted may finish.
  void drain();
  /// Ends all at once, and answers what has not been answered.
  void kill_all();

  [[nodiscard]] PlatformGauges gauges() const;
  /// Sandboxes of all versions of a function, also of one that is retired: starting, alive, ending.
  [[nodiscard]] std::size_t sandboxes_of(std::string_view function) const;
  [[nodiscard]] std::map<std::string, FunctionMetrics> metrics() const;

 private:
  struct FunctionState;
  struct Pool;
  struct Sandbox;
  class Actions;
  using InvocationPtr = std::shared_ptr<Invocation>;

  FunctionState& state_of(const std::string& name);
  Pool& pool_of(const std::shared_ptr<const FunctionVersion>& function);
  Sandbox* find(SandboxId id);
  [[nodiscard]] bool has_room(const FunctionState& function) const;
  void admit(InvocationPtr invocation, TimePoint now, Actions& actions);
  void admit_waiting(TimePoint now, Actions& actions);
  void release(FunctionState& function);
  void start_sandboxes(Pool& pool, TimePoint now);
  void start_sandbox(Pool& pool, TimePoint now, bool is_provisioned);
  void evict_oldest_idle(TimePoint now, Actions& actions);
  void assign(Sandbox& sandbox, InvocationPtr invocation, TimePoint now, Actions& actions);
  void become_idle(Sandbox& sandbox, NextDone done, TimePoint now, Actions& actions);
  Reception complete(SandboxId id, std::string_view request_id, InvocationResult result);
  void answer(Sandbox& sandbox, InvocationResult result, Actions& actions);
  void finish(Sandbox& sandbox, const char* status, TimePoint now, Actions& actions);
  void fail_pending(Pool& pool, InvocationResult result, Actions& actions);
  void end(Sandbox& sandbox, Urgency urgency, TimePoint now, Actions& actions);
  void leave_idle(Sandbox& sandbox);
  void remove_if_done(Pool& pool);
  void throttle(const InvocationPtr& invocation, FunctionState& function, Actions& actions);

  const PlatformOptions options_;
  SandboxStarter& starter_;
  FunctionLog& log_;
  Clock& clock_;

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FunctionState>, std::less<>> functions_;
  std::unordered_map<const FunctionVersion*, std::unique_ptr<Pool>> pools_;
  std::unordered_map<SandboxId, std::unique_ptr<Sandbox>> sandboxes_;
  SandboxId last_id_ = 0;
  std::uint32_t reserved_ = 0;              ///< sum over functions
  std::uint32_t unreserved_in_flight_ = 0;  ///< of functions without a reservation
  std::uint32_t waiting_ = 0;               ///< invocations that wait at a limit
  std::uint64_t started_ = 0;
  std::uint64_t failed_starts_ = 0;
  bool draining_ = false;
};

}  // namespace strata::drivers::faas::emulator
